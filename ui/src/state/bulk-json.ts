// Where a JSON text stops making sense. Knows no field; engines of browsers do not agree on how they say it.

const ATOM = /\s*(?:"(?:[^"\\\r\n\t]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/y;
const TEXT = /\s*"(?:[^"\\\r\n\t]|\\.)*"/y;
const mark = (character: string) => new RegExp(`\\s*\\${character}`, 'y');
const [OPEN, CLOSE, FIRST, LAST, COLON, COMMA] = ['{', '}', '[', ']', ':', ','].map(mark) as [
  RegExp,
  RegExp,
  RegExp,
  RegExp,
  RegExp,
  RegExp,
];

/** The line of the first fault, from 1; null when the text is good or empty. */
export function faultyLine(text: string): number | null {
  if (text.trim() === '') return null;
  try {
    JSON.parse(text);
    return null;
  } catch {
    return lineOf(text, new Reader(text).reach());
  }
}

function lineOf(text: string, at: number): number {
  const next = /\S/g;
  next.lastIndex = at;
  return text.slice(0, next.exec(text)?.index ?? text.trimEnd().length).split('\n').length;
}

class Reader {
  #at = 0;
  #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** How far the text can be read as one value. */
  reach(): number {
    this.#value();
    return this.#at;
  }

  #take(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #value(): boolean {
    if (this.#take(OPEN)) return this.#list(CLOSE, () => this.#take(TEXT) && this.#take(COLON) && this.#value());
    if (this.#take(FIRST)) return this.#list(LAST, () => this.#value());
    return this.#take(ATOM);
  }

  #list(end: RegExp, member: () => boolean): boolean {
    if (this.#take(end)) return true;
    do if (!member()) return false;
    while (this.#take(COMMA));
    return this.#take(end);
  }
}
