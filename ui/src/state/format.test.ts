import { beforeEach, expect, test } from 'vitest';

import { words } from '../i18n/i18n.svelte';
import {
  clock,
  ends,
  holds,
  languageName,
  left,
  leftExact,
  nth,
  partSize,
  percent,
  rate,
  size,
  sizePair,
  sizeSpoken,
} from './format';

beforeEach(() => {
  words.language = 'en';
});

test.each([
  [0, '0 B'],
  [999, '999 B'],
  [212_000, '212 KB'],
  [842e6, '842 MB'],
  [999.6e6, '1.00 GB'],
  [12.6e9, '12.6 GB'],
  [1.83e12, '1.83 TB'],
])('a size of %d bytes is %s', (bytes, text) => {
  expect(size(bytes)).toBe(text);
});

test('a pair of sizes shares its unit', () => {
  expect(sizePair(18.4e9, 52.1e9)).toEqual({ sent: '18.4', total: '52.1 GB' });
  expect(sizePair(842e6, 52.1e9)).toEqual({ sent: '842 MB', total: '52.1 GB' });
});

test('speed, parts and spoken sizes', () => {
  expect(rate(18.2e6)).toBe('18.2 MB/s');
  expect(partSize(16 * 1048576)).toBe('16 MB');
  expect(sizeSpoken(12.6e9)).toBe('12.6 gigabytes');
});

test('100 percent means complete', () => {
  expect(percent(999, 1000)).toBe(99);
  expect(percent(1000, 1000)).toBe(100);
  expect(percent(5, 0)).toBe(0);
});

test.each([
  [8_000, '8 s'],
  [59_700, '1 min'],
  [13 * 60_000, '13 min'],
  [130 * 60_000, '2 h 10 min'],
  [120 * 60_000, '2 h'],
  [49 * 3_600_000, 'more than 2 days'],
])('%d ms left is %s', (ms, text) => {
  expect(left(ms)).toBe(text);
});

test('the inspector adds seconds', () => {
  expect(leftExact(263_000)).toBe('4 min 23 s');
});

test('a clock of minutes and seconds', () => {
  expect(clock(41 * 60_000 + 12_900)).toBe('41:12');
  expect(clock(3_849_000)).toBe('1:04:09');
  expect(clock(-5)).toBe('00:00');
});

test('what holds longer than two days is said in words, with the day it ends', () => {
  const day = 86_400_000;
  expect([holds(41 * 60_000), holds(2 * day), holds(2 * day + 1)]).toEqual(['41:00', '48:00:00', 'more than 2 days']);
  const noon = new Date(2026, 0, 5, 12).getTime();
  expect(ends(60_000, noon)).toBe('12:01:00');
  expect(ends(13 * 3_600_000, noon)).toBe('Jan 6, 01:00');
  expect(ends(73 * 365.25 * day, noon)).toMatch(/, 2099$/);
});

test('ordinals and language names follow the language', () => {
  expect([1, 2, 3, 4, 11, 22].map(nth)).toEqual(['1st', '2nd', '3rd', '4th', '11th', '22nd']);
  expect(languageName('zh-CN')).toBe('Chinese');
  words.language = 'zh-CN';
  expect(nth(3)).toBe('3');
  expect(languageName('en')).toBe('英文');
  expect(languageName('no such tag')).toBe('no such tag');
});
