// Sentences by key, in the language of the interface. Knows no transfer and no host.
import en from './en.json';
import zh from './zh-CN.json';

export type Text = string | Partial<Record<Intl.LDMLPluralRule, string>>;
export type Key = keyof typeof en;
export type Language = 'en' | 'zh-CN';
export type Facts = Record<string, string | number>;

// A key that Chinese lacks does not compile.
const catalogues: Record<Language, Record<Key, Text>> = { en, 'zh-CN': zh };

export const languages: Language[] = ['en', 'zh-CN'];

/** The language that fits a BCP 47 tag best. */
export function languageFor(tag: string): Language {
  return /^zh/i.test(tag) ? 'zh-CN' : 'en';
}

class Words {
  language = $state<Language>('en');
  /** What every sentence goes through before its facts are put in; nothing but for looking at the page. */
  disguise = (sentence: string): string => sentence;
  #plurals = $derived(new Intl.PluralRules(this.language));

  text(key: Key, facts: Facts = {}, language: Language = this.language): string {
    const text: Text = catalogues[language][key];
    const sentence = typeof text === 'string' ? text : this.#form(text, facts, language);
    return this.disguise(sentence).replace(/\{(\w+)\}/g, (_, name: string) => this.#fact(facts[name]));
  }

  has(key: string): key is Key {
    return key in catalogues.en;
  }

  /** The names of the facts a sentence needs. */
  needs(key: Key): string[] {
    const text: Text = catalogues[this.language][key];
    const sentence = typeof text === 'string' ? text : (text.other ?? '');
    return [...sentence.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  }

  #form(text: Exclude<Text, string>, facts: Facts, language: Language): string {
    const rules = language === this.language ? this.#plurals : new Intl.PluralRules(language);
    return text[rules.select(Number(facts.n))] ?? text.other ?? '';
  }

  // A fact that the far side did not give is an ellipsis, never a brace.
  #fact(fact: string | number | undefined): string {
    if (fact === undefined) return '…';
    return typeof fact === 'number' ? fact.toLocaleString(this.language) : fact;
  }
}

export const words = new Words();

/** The sentence of a key, in the language of the interface. */
export function t(key: Key, facts?: Facts): string {
  return words.text(key, facts);
}
