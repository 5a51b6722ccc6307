import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, test } from 'vitest';

import en from './en.json';
import { t, words, type Text } from './i18n.svelte';
import zh from './zh-CN.json';

const keys = Object.keys(en) as (keyof typeof en)[];
const forms = (text: Text) => (typeof text === 'string' ? [text] : Object.values(text));
const facts = (text: Text) =>
  [...new Set(forms(text).flatMap((form) => [...form.matchAll(/\{(\w+)\}/g)].map((match) => match[1])))].sort();

// Spoken by the shell, the command line and the core's codes, which read the same files.
const SPOKEN_ELSEWHERE = [
  'fault.',
  'log.',
  'cli.',
  'tray.',
  'ntf.',
  'dlg.',
  'field.',
  'reason.',
  'flaw.',
  'remark.',
  'toast.tray',
];
// Bulk editing says these; it is being built.
const COMING = ['bulk.', 'toast.edited', 'cmd.', 'sel.'];

function sources(folder: string): string {
  return readdirSync(folder)
    .map((name) => join(folder, name))
    .filter((path) => !path.endsWith('.json') && !path.endsWith('.test.ts') && !path.includes('bindings'))
    .map((path) => (statSync(path).isDirectory() ? sources(path) : readFileSync(path, 'utf8')))
    .join('\n');
}

beforeEach(() => {
  words.language = 'en';
});

describe('catalogues', () => {
  test('have the same keys', () => {
    expect(Object.keys(zh).sort()).toEqual([...keys].sort());
  });

  test('name the same facts in both languages', () => {
    const differing = keys.filter((key) => {
      const [a, b] = [facts(en[key]), facts((zh as Record<string, Text>)[key] ?? '')];
      // A language may leave the number of a plural out, never add a fact.
      return b.some((fact) => !a.includes(fact)) || a.some((fact) => fact !== 'n' && !b.includes(fact));
    });
    expect(differing).toEqual([]);
  });

  test('hold no key that nobody says', () => {
    const text = sources('src');
    const prefixes = [...text.matchAll(/`([a-z][\w-]*(?:\.[\w-]+)*\.)\$\{/gi)].map((match) => match[1] ?? '');
    const used = (key: string) =>
      text.includes(`'${key}'`) ||
      [...prefixes, ...SPOKEN_ELSEWHERE, ...COMING].some((prefix) => key.startsWith(prefix));
    expect(keys.filter((key) => !used(key))).toEqual([]);
  });

  test('put a space between Chinese and Latin or digits', () => {
    const tight = keys.filter((key) =>
      forms((zh as Record<string, Text>)[key] ?? '').some((form) =>
        /[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]/.test(form),
      ),
    );
    expect(tight).toEqual([]);
  });

  test('keep short causes short', () => {
    const causes = keys.filter((key) => key.startsWith('fault.') && key.endsWith('.cause'));
    expect(causes.filter((key) => String(en[key]).length > 34)).toEqual([]);
    const wide = (text: string) => text.replace(/\{\w+\}/g, '').replace(/[ -~]/g, '').length;
    expect(causes.filter((key) => wide(String((zh as Record<string, Text>)[key])) > 16)).toEqual([]);
  });
});

describe('t', () => {
  test('chooses the plural by n', () => {
    expect(t('drop.added', { n: 1 })).toBe('Added 1 file');
    expect(t('drop.added', { n: 6 })).toBe('Added 6 files');
    words.language = 'zh-CN';
    expect(t('drop.added', { n: 1 })).toBe('已添加 1 个文件');
  });

  test('draws an ellipsis for a missing fact, never a brace', () => {
    expect(t('hero.left')).toBe('… left');
  });
});
