import { describe, expect, it } from 'vitest';

import { cap, character, rebound, singleOf } from './single-keys';

const keys = { search: '/', select: 'x', pause: ' ', help: '?' };
const press = (key: string, more: KeyboardEventInit = {}) => new KeyboardEvent('keydown', { key, ...more });

describe('single-character shortcuts', () => {
  it('are found whatever the case, and not at all when they are off', () => {
    expect(singleOf(keys, 'X')).toBe('select');
    expect(singleOf(keys, ' ')).toBe('pause');
    expect(singleOf(keys, 'y')).toBe(null);
    expect(singleOf(null, 'x')).toBe(null);
  });

  it('take one character and no chord or named key', () => {
    expect(character(press('V'))).toBe('v');
    expect(character(press('，'))).toBe('，');
    expect(character(press('v', { ctrlKey: true }))).toBe(null);
    expect(character(press('Enter'))).toBe(null);
  });

  it('change places rather than share a character', () => {
    expect(rebound(keys, 'select', 'v')).toEqual({ ...keys, select: 'v' });
    expect(rebound(keys, 'select', '/')).toEqual({ ...keys, select: '/', search: 'x' });
    expect(rebound(keys, 'select', 'x')).toEqual(keys);
    expect(cap(' ')).toBe('Space');
  });
});
