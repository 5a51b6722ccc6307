import { describe, expect, it } from 'vitest';

import { sizePair } from './format';
import { Room, widestCount, widestSize } from './room';

describe('the room kept for a line', () => {
  it('is as wide as any figure may become', () => {
    for (const bytes of [0, 12, 999, 1_020_000, 842e6, 9.99e9, 52.1e9, 1.83e12]) {
      const { sent, total } = sizePair(bytes, 1.9e12);
      expect(sent.length, sent).toBeLessThanOrEqual(widestSize(sent).length);
      expect(total.length, total).toBeLessThanOrEqual(widestSize(total).length);
    }
    expect(widestCount(10)).toBe(88);
  });

  it('never shrinks on one occasion, and begins anew on another', () => {
    const room = new Room();
    expect(room.next('8.88 MB of 8.88 MB', 'en')).toBe('8.88 MB of 8.88 MB');
    expect(room.next('8.88 of 8.88 MB', 'en')).toBe('8.88 MB of 8.88 MB');
    expect(room.next('8.88 of 8.88 MB · 8 uploading', 'en')).toBe('8.88 of 8.88 MB · 8 uploading');
    expect(room.next('8.88 / 8.88 MB', 'zh-CN')).toBe('8.88 / 8.88 MB');
  });
});
