import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { HistoryItem, HistoryPage, HistoryQuery } from '../host/bindings';
import type { Host } from '../host/host';
import { words } from '../i18n/i18n.svelte';
import { bars, dayName, daysAgo, HEAD, inSight, layOut, ROW, took } from './history-days';
import { History } from './history.svelte';

const now = new Date(2026, 10, 22, 15, 0).getTime();
const HOUR = 3_600_000;
const item = (id: number, endedMs: number): HistoryItem => ({
  id: String(id),
  kind: 'video',
  title: `Clip ${id}`,
  name: `${id}.mp4`,
  sizeBytes: 1e9,
  rateBytes: 1e7,
  tookMs: 34_000,
  mediaId: null,
  phase: 'settled',
  percent: 100,
  fault: null,
  endedMs,
  fileThere: true,
});

describe('days', () => {
  beforeEach(() => (words.language = 'en'));

  it('groups by the calendar, not by 24 hours', () => {
    const items = [item(1, now), item(2, now - 16 * HOUR), item(3, now - 40 * HOUR)];
    const { entries, height } = layOut(items, 3, now);
    expect(entries.map((e) => (e.kind === 'day' ? `${e.label} ${e.count}` : e.item.id))).toEqual(
      ['Today 1', '1', 'Yesterday 1', '2', 'Friday 20 Nov 1', '3'].map((line) =>
        line === 'Friday 20 Nov 1' ? `${dayName(now - 40 * HOUR, now)} 1` : line,
      ),
    );
    expect(height).toBe(3 * (HEAD + ROW));
  });

  it('leaves the count of the last day open while more may follow', () => {
    const { entries } = layOut([item(1, now), item(2, now - 30 * HOUR)], 10, now);
    expect(entries.filter((e) => e.kind === 'day').map((e) => e.count)).toEqual([1, null]);
  });

  it('counts days across the change of the clock', () => {
    expect(daysAgo(new Date(2026, 9, 24, 23, 59).getTime(), new Date(2026, 9, 26, 0, 1).getTime())).toBe(2);
  });

  it('mounts only what is in sight, and what has the focus', () => {
    const days = layOut(
      Array.from({ length: 10_000 }, (_, i) => item(i, now - i * HOUR)),
      10_000,
      now,
    );
    const seen = inSight(days, 200_000, 800, '3');
    expect(seen.length).toBeLessThan(50);
    expect(seen.some((e) => e.key === '3')).toBe(true);
    expect(seen.some((e) => e.top <= 200_000 && e.top + e.height > 200_000)).toBe(true);
  });

  it('covers every window without a hole', () => {
    const days = layOut(
      Array.from({ length: 200 }, (_, i) => item(i, now - i * 5 * HOUR)),
      200,
      now,
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: days.height - 300 }), (top) => {
        const seen = inSight(days, top, 300, null, 0);
        const first = seen[0];
        const last = seen.at(-1);
        if (!first || !last) return false;
        const joined = seen.every((e, i) => i === 0 || e.top === (seen[i - 1]?.top ?? 0) + (seen[i - 1]?.height ?? 0));
        return first.top <= top && joined && last.top + last.height >= top + 300 - ROW;
      }),
    );
  });

  it('draws a bar per day, the last one today', () => {
    const drawn = bars([0, 50, 100], now);
    expect(drawn.map((bar) => bar.share)).toEqual([0, 0.5, 1]);
    expect(drawn.map((bar) => bar.today)).toEqual([false, false, true]);
    expect(drawn[0]?.label).toMatch(/20/);
    expect(bars([0, 0], now).every((bar) => bar.share === 0)).toBe(true);
  });

  it('says how long it took', () => {
    expect([400, 34_000, 81_000, 3_849_000].map(took)).toEqual(['0:01', '0:34', '1:21', '1:04:09']);
  });
});

describe('history page', () => {
  const all = Array.from({ length: 450 }, (_, i) => item(i, now - i * HOUR));
  const answer = ({ offset, limit, kind }: HistoryQuery): HistoryPage => {
    const items = kind === 'audio' ? all.slice(0, 3) : all;
    return { total: items.length, items: items.slice(offset, offset + limit), days: [1], sizeBytes: 9, rateBytes: 8 };
  };
  const history = vi.fn<Host['history']>();
  const refused = vi.fn();
  let page: History;

  beforeEach(() => {
    vi.useFakeTimers({ now });
    history.mockReset().mockImplementation((query) => Promise.resolve(answer(query)));
    page = new History({ history } as unknown as Host, refused);
  });
  afterEach(() => vi.useRealTimers());

  it('loads page by page until all are there', async () => {
    await page.load();
    expect(page.items).toHaveLength(200);
    expect(page.total).toBe(450);
    await page.more();
    await page.more();
    await page.more();
    expect(page.items.map((i) => i.id)).toEqual(all.map((i) => i.id));
  });

  it('knows how many of each there are and since when', async () => {
    await page.load();
    expect(page.counts).toMatchObject({ all: 450, video: 450, audio: 3 });
    expect(page.span).toBe(daysAgo(all.at(-1)?.endedMs ?? 0, now) + 1);
  });

  it('asks for one kind, outcome and period together, a period beginning with its first day', async () => {
    await page.load();
    expect(page.filtered).toBe(false);
    history.mockClear();
    page.show({ kind: 'attached' });
    page.show({ outcome: 'failed', period: 7 });
    page.show({ outcome: 'failed' });
    const asked = history.mock.calls.map(([query]) => query).filter((query) => query.limit > 1);
    expect(asked).toHaveLength(2);
    const begun = new Date();
    const sinceMs = new Date(begun.getFullYear(), begun.getMonth(), begun.getDate() - 6).getTime();
    expect(asked[1]).toMatchObject({ kind: 'attached', outcome: 'failed', sinceMs });
    expect(page.filtered).toBe(true);
  });

  it('searches once, 80 ms after the last letter', async () => {
    page.search('k');
    page.search('ky');
    await vi.advanceTimersByTimeAsync(79);
    expect(history).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(history.mock.calls[0]?.[0]).toMatchObject({ text: 'ky', offset: 0 });
  });

  it('drops an answer that a newer question has overtaken', async () => {
    let late: (page: HistoryPage) => void = () => undefined;
    history.mockReturnValueOnce(new Promise((resolve) => (late = resolve)));
    const first = page.load();
    page.kind = 'audio';
    await page.load();
    late(answer({ text: '', outcome: 'all', kind: '', sinceMs: 0, offset: 0, limit: 200 }));
    await first;
    expect(page.items).toHaveLength(3);
  });

  it('stops asking when the rest is gone', async () => {
    await page.load();
    history.mockResolvedValue({ total: 450, items: [], days: [], sizeBytes: 0, rateBytes: 0 });
    await page.more();
    expect(page.total).toBe(200);
  });

  it('moves the cursor within the list', async () => {
    await page.load();
    expect(page.step(1)?.id).toBe('0');
    expect(page.step(1)?.id).toBe('1');
    expect(page.step(-5)?.id).toBe('0');
    expect(page.step(Infinity)?.id).toBe('199');
  });

  it('tells when the core refuses', async () => {
    history.mockRejectedValue(new Error('no'));
    await page.load();
    expect(refused).toHaveBeenCalled();
    expect(page.items).toEqual([]);
  });
});
