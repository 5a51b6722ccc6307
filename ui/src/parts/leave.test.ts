// What goes takes seven tenths of the time it took to come, and none where nothing moves.
import { afterEach, expect, test, vi } from 'vitest';

import { leave } from './leave';

const came = (animationName: string, animationDuration: string) =>
  vi.stubGlobal('getComputedStyle', () => ({ animationName, animationDuration }));
afterEach(() => vi.unstubAllGlobals());

test('goes in seven tenths of the time, to where it came from', () => {
  came('rise', '0.16s');
  const { duration, css } = leave(document.body);
  expect(duration).toBeCloseTo(112);
  expect(css?.(0.5, 0.5)).toBe('opacity: 0.5; translate: 0 2px');
});

test('goes at once where it came at once', () => {
  for (const [name, time] of [
    ['none', '0.16s'],
    ['rise', '0s'],
    ['', ''],
  ] as const) {
    came(name, time);
    expect(leave(document.body).duration).toBe(0);
  }
});
