import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { best, find, fit } from './palette-match';
import { letters, readings } from './palette-pinyin';

const thing = (label: string, reason: string | null = null, ...others: string[]) => ({
  label,
  texts: [label, ...others],
  reason,
});

describe('letters of Chinese', () => {
  it('reads the words of the interface', () => {
    const read = (text: string) =>
      readings(text)
        .map((options) => options[0])
        .join('');
    expect(read('历史记录')).toBe('lsjl');
    expect(read('凭证解析')).toBe('pzjx');
    expect(read('全部暂停')).toBe('qbzt');
    expect(read('VOD 转码')).toBe('vodzm');
    expect(read('按钮')).toBe('an');
  });

  it('knows that some have two readings', () => {
    expect(letters('重')).toBe('zc');
    expect(fit('cs', '重试')).not.toBeNull();
    expect(fit('zs', '重试')).not.toBeNull();
  });

  it('ignores what is not typed', () => {
    expect(readings('“ · ”')).toEqual([]);
  });
});

describe('fit', () => {
  it('prefers a beginning to a word, a word to a middle, a middle to scattered letters', () => {
    const [start, word, middle, loose] = ['Pause all', 'Go and pause', 'Unpaused', 'Play audio using it'].map(
      (text) => fit('pau', text) ?? -1,
    ) as [number, number, number, number];
    expect(start).toBeGreaterThan(word);
    expect(word).toBeGreaterThan(middle);
    expect(middle).toBeGreaterThan(loose);
    expect(loose).toBeGreaterThan(0);
  });

  it('lets letters jump only to the beginning of a word', () => {
    expect(fit('pal', 'Pause all')).not.toBeNull();
    expect(fit('psl', 'Pause all')).toBeNull();
  });

  it('does not mind case, accents and apostrophes', () => {
    expect(fit('directors', 'Kyoto, director’s cut')).not.toBeNull();
    expect(fit('cafe', 'CAFÉ')).toBe(100);
  });

  it('takes Chinese and its first letters', () => {
    expect(fit('暂停', '全部暂停')).not.toBeNull();
    expect(fit('qbzt', '全部暂停')).toBe(80);
    expect(fit('zt', '全部暂停')).toBe(65);
    expect(fit('zq', '全部暂停')).toBeNull();
  });

  it('finds every text by its own beginning', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string(), (start, rest) => fit(start, start + rest) !== null),
    );
  });
});

describe('find', () => {
  it('takes the label in either language', () => {
    expect(best('history', ['历史记录', 'History'])).not.toBeNull();
  });

  it('gives at most six, best first', () => {
    const many = Array.from({ length: 20 }, (_, i) => thing(`Item ${i}`));
    expect(find('item', many)).toHaveLength(6);
    expect(find('pause', [thing('Do not pause'), thing('Pause all')]).map((t) => t.label)).toEqual([
      'Pause all',
      'Do not pause',
    ]);
  });

  it('puts what cannot be run behind what can, and keeps it', () => {
    const found = find('pause', [thing('Pause selected', 'Nothing is selected'), thing('Pause all')]);
    expect(found.map((t) => t.label)).toEqual(['Pause all', 'Pause selected']);
  });

  it('keeps the order given when nothing is typed', () => {
    expect(find('', [thing('b'), thing('a')]).map((t) => t.label)).toEqual(['b', 'a']);
  });
});
