// The stream and what the list makes of it: snapshot + deltas = the last snapshot, groups, layout, names, cells.
import fc from 'fast-check';
import { tick } from 'svelte';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import type { Frame, Row } from '../host/bindings';
import { row as make, seeds } from '../host/fake-data';
import { words } from '../i18n/i18n.svelte';
import { sprite } from '../parts/icons';
import iconSource from '../parts/icons.ts?raw';
import { Announcer } from './announcer.svelte';
import { edges, fitting, fold } from './cells';
import { columnsFor } from './columns';
import { act, cause, remedy, why } from './faults';
import recorded from './frames.json';
import { groupOf, Placement } from './groups';
import { Sight, Slots } from './layout';
import { cut, tail } from './names';
import { Queue } from './queue.svelte';
import { Steady } from './steady';
import { Transfer, Transfers } from './transfers.svelte';

const NOW = 1_000_000;
const rows = (): Row[] => seeds.map((seed) => make(seed, false, NOW));
const totals = new Transfers().totals;
const snapshot = (rows: Row[], rev = 0): Frame => ({ frame: 'snapshot', rev, rows, totals });
const delta = (rev: number, changed: Row[], gone: string[] = [], order: string[] | null = null): Frame => ({
  frame: 'delta',
  rev,
  changed,
  gone,
  order,
  totals,
});

beforeEach(() => {
  words.language = 'en';
});

describe('frames', () => {
  const base = rows();
  const change = fc.record({
    touch: fc.array(fc.nat(base.length - 1), { maxLength: 4 }),
    bytes: fc.nat(1000),
    gone: fc.option(fc.nat(base.length - 1), { nil: null }),
    add: fc.boolean(),
  });

  test('a session recorded from the engine ends as its last snapshot says', () => {
    const told = recorded as unknown as Frame[];
    const last = told.at(-1);
    const transfers = new Transfers();
    told.slice(0, -1).forEach((frame, i) => expect(transfers.apply(frame, i * 250)).toBe(true));
    if (last?.frame !== 'snapshot') throw new Error('the recording has no last snapshot');
    // Rates and credentials run on; everything else was told to the end.
    const still = (row: Row) => ({ ...row, rateBytes: 0, leftMs: null, credential: null });
    expect(last.rows.length).toBe(3);
    expect(transfers.all().map((transfer) => still(transfer.row))).toEqual(last.rows.map(still));
    expect(transfers.totals.counts).toEqual(last.totals.counts);
  });

  test('a snapshot and its deltas are the last snapshot', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
        let model = base;
        const transfers = new Transfers();
        expect(transfers.apply(snapshot(model), 0)).toBe(true);
        changes.forEach(({ touch, bytes, gone, add }, i) => {
          const changed = new Map<string, Row>();
          for (const index of touch) {
            const row = model[index];
            if (row) changed.set(row.id, { ...row, doneBytes: bytes });
          }
          model = model.map((row) => changed.get(row.id) ?? row);
          const leaving = gone === null ? undefined : model[gone];
          if (leaving) {
            model = model.filter((row) => row !== leaving);
            changed.delete(leaving.id);
          }
          const first = base[0];
          if (add && first) {
            const fresh = { ...first, id: `new-${i}` };
            changed.set(fresh.id, fresh);
            model = [fresh, ...model];
          }
          const order = add ? model.map((row) => row.id) : null;
          const frame = delta(i + 1, [...changed.values()], leaving ? [leaving.id] : [], order);
          expect(transfers.apply(frame, i)).toBe(true);
        });
        expect(transfers.all().map((transfer) => transfer.row)).toEqual(model);
      }),
    );
  });

  test('a gap asks for a new watch', () => {
    const transfers = new Transfers();
    transfers.apply(snapshot([], 4), 0);
    expect(transfers.apply(delta(6, []), 0)).toBe(false);
    expect(transfers.apply(delta(5, []), 0)).toBe(true);
  });

  test('progress alone lays nothing out', () => {
    const transfers = new Transfers();
    transfers.apply(snapshot(rows()), 0);
    const before = transfers.structure;
    const moving = rows().filter((row) => row.status === 'uploading');
    transfers.apply(
      delta(
        1,
        moving.map((row) => ({ ...row, doneBytes: row.doneBytes + 1 })),
      ),
      0,
    );
    expect(transfers.structure).toBe(before);
  });

  test('progress alone leaves the layout as it is, a change of group does not', () => {
    const transfers = new Transfers();
    const queue = new Queue(transfers);
    transfers.apply(snapshot(rows()), 0);
    queue.select('11');
    const [layout, chosen] = [queue.layout, queue.chosen];
    const [moving] = rows().filter((row) => row.status === 'uploading');
    if (!moving) throw new Error('no row');
    transfers.apply(delta(1, [{ ...moving, doneBytes: moving.doneBytes + 1 }]), 0);
    expect(queue.layout).toBe(layout);
    expect(queue.chosen).toBe(chosen);
    transfers.apply(delta(2, [{ ...moving, status: 'done' }]), 0);
    expect(queue.layout).not.toBe(layout);
  });
});

describe('time left', () => {
  test('falls at once and rises only when it stays higher', () => {
    const steady = new Steady();
    expect(steady.next(100, 0)).toBe(100);
    expect(steady.next(90, 100)).toBe(90);
    expect(steady.next(95, 200)).toBe(90);
    expect(steady.next(200, 300)).toBe(90);
    expect(steady.next(200, 3200)).toBe(90);
    expect(steady.next(200, 3300)).toBe(200);
    expect(steady.next(null, 3400)).toBe(null);
  });
});

describe('speed', () => {
  test('stalls after ten slow seconds, and no longer when bytes move', () => {
    const [row] = rows().filter((row) => row.status === 'uploading');
    if (!row) throw new Error('no row');
    const transfer = new Transfer({ ...row, rateBytes: 900 }, 0);
    transfer.tick(9999);
    expect(transfer.pace.stalled).toBe(false);
    transfer.tick(10_000);
    expect(transfer.pace.stalled).toBe(true);
    transfer.hear({ ...row, rateBytes: 1000 }, 11_000);
    transfer.tick(11_000);
    expect(transfer.pace.stalled).toBe(false);
    transfer.hear({ ...row, status: 'paused', rateBytes: 0 }, 12_000);
    transfer.tick(60_000);
    expect(transfer.pace.stalled).toBe(false);
  });
});

describe('what is said aloud', () => {
  test('is said again when it is asked for again', () => {
    vi.useFakeTimers();
    const announcer = new Announcer();
    announcer.say('62 percent');
    vi.advanceTimersByTime(1000);
    const before = announcer.polite;
    announcer.say('62 percent');
    vi.advanceTimersByTime(1000);
    expect(announcer.polite.trim()).toBe('62 percent');
    expect(announcer.polite).not.toBe(before);
    vi.useRealTimers();
  });
});

describe('groups', () => {
  test('a row stays 4 s where it is', () => {
    const placement = new Placement();
    expect(placement.place('a', 'progress', 0)).toBe('progress');
    expect(placement.place('a', 'done', 1000)).toBe('progress');
    expect(placement.settle(4999)).toBe(false);
    expect(placement.settle(5000)).toBe(true);
    expect(placement.place('a', 'done', 5001)).toBe('done');
  });

  test('a row with the focus does not move', () => {
    const placement = new Placement();
    placement.place('a', 'progress', 0);
    placement.place('a', 'done', 0);
    expect(placement.settle(9000, 'a')).toBe(false);
  });

  test('a held row stands with those that have begun only when it has', () => {
    const [row] = rows();
    if (!row) throw new Error('no row');
    expect(groupOf({ ...row, status: 'held', phase: 'opened' })).toBe('progress');
    expect(groupOf({ ...row, status: 'held', phase: 'planned' })).toBe('waiting');
  });
});

describe('the list', () => {
  function queue() {
    const transfers = new Transfers();
    transfers.apply(snapshot(rows()), 0);
    return { transfers, queue: new Queue(transfers) };
  }

  test('orders groups, keeps children closed and heights fixed', () => {
    const { queue: list } = queue();
    expect(list.layout.sections.map(({ group }) => group)).toEqual(['needs', 'progress', 'vod', 'waiting', 'done']);
    expect(list.layout.lines.every((line) => line.kind === 'row')).toBe(true);
    expect(list.layout.height).toBe(5 * 34 + 24 * 56);
    list.toggleOpen('2');
    expect(list.layout.height).toBe(5 * 34 + 24 * 56 + 3 * 36);
  });

  test('filters by state and words', () => {
    const { queue: list } = queue();
    list.filter = 'failed';
    expect(list.layout.lines.map((line) => line.key)).toEqual(['1']);
    list.filter = 'all';
    list.hits = { text: 'kyoto', ids: new Set(['2']) };
    expect(list.layout.lines.map((line) => line.key)).toEqual(['2']);
    // A child that fits brings its video.
    const child = list.childrenOf('2')[0]?.id ?? '';
    list.hits = { text: 'srt', ids: new Set([child]) };
    expect(list.layout.lines.map((line) => line.key)).toEqual(['2']);
  });

  test('a selection survives a filter, and hidden rows are counted', () => {
    const { queue: list } = queue();
    list.select('1');
    list.select('2', 'toggle');
    list.filter = 'failed';
    expect(list.selected.size).toBe(2);
    expect(list.hiddenCount).toBe(1);
    list.filter = 'all';
    list.select('2');
    list.select('7', 'extend');
    expect([...list.selected]).toEqual(['2', '6', '7']);
  });

  test('a finished row does not move under the pointer, and is followed once', async () => {
    const { transfers, queue: list } = queue();
    void list.layout;
    const row = transfers.get('6')?.row;
    if (!row) throw new Error('no row');
    list.hovered = true;
    transfers.apply(delta(1, [{ ...row, status: 'done' }]), 0);
    const group = () => list.layout.lines.find((line) => line.key === '6')?.group;
    expect(group()).toBe('progress');
    list.settle(performance.now() + 10_000);
    expect(group()).toBe('progress');
    list.hovered = false;
    const before = list.layout.lines.find((line) => line.key === '6')?.top;
    list.settle(performance.now() + 10_000);
    expect(group()).toBe('done');
    expect(list.movedFrom.get('6')).toBe(before);
    await tick();
    expect(list.movedFrom.size).toBe(0);
  });

  test('mounts what is in sight, some to spare, and the cursor', () => {
    const { transfers, queue: list } = queue();
    const { layout } = list;
    const seen = new Sight().see(layout, 0, 200, transfers.get('27'), 2);
    expect(seen.length).toBeLessThan(9);
    expect(seen.at(-1)?.key).toBe('27');
    expect(layout.line(layout.at(35))?.key).toBe('1');
    expect(layout.at(1e9)).toBe(layout.length - 1);
    expect(layout.lines.map(({ index }) => layout.line(index)?.key)).toEqual(layout.lines.map(({ key }) => key));
  });

  test('as many rows are mounted wherever it stands', () => {
    const transfers = new Transfers();
    const [pattern] = rows();
    const many = Array.from({ length: 100 }, (_, i) => ({ ...(pattern as Row), id: `${i}`, parent: null }));
    transfers.apply(snapshot(many), NOW);
    const { layout } = new Queue(transfers);
    const sight = new Sight();
    const counts = Array.from({ length: 200 }, (_, i) => sight.see(layout, 1000 + i * 7, 400, undefined, 2).length);
    expect(new Set(counts)).toEqual(new Set([13]));
  });

  test('a line that stays keeps its slot, and one that comes takes what was left', () => {
    const { queue: list } = queue();
    const slots = new Slots();
    const within = (group: string) => list.layout.lines.filter((line) => line.group === group);
    const waiting = within('waiting');
    const first = slots.give(waiting.slice(0, 4));
    const second = slots.give(waiting.slice(1, 5));
    for (const line of waiting.slice(1, 4)) expect(second.get(line.key)).toBe(first.get(line.key));
    expect(second.get(waiting[4]?.key ?? '')).toBe(first.get(waiting[0]?.key ?? ''));
    // A row of another group is drawn elsewhere.
    const other = slots.give([...waiting.slice(2, 4), ...within('done').slice(0, 1)]);
    expect([...other.values()].filter((slot) => [...second.values()].includes(slot))).toHaveLength(2);
    expect(new Set(other.values()).size).toBe(3);
  });

  test('only lines that changed are others after a layout', () => {
    const { queue: list } = queue();
    const sight = new Sight();
    const before = sight.see(list.layout, 0, 400, undefined, 2);
    expect(sight.see(list.layout, 1, 400, undefined, 2)).toBe(before);
    list.toggleOpen('2');
    const after = sight.see(list.layout, 0, 400, undefined, 2);
    const opened = before.findIndex((line) => line.key === '2');
    expect(opened).toBe(1);
    for (const [i, line] of before.entries()) expect(after.includes(line)).toBe(i < opened);
  });
});

describe('parts', () => {
  test('a bar of 288 has 48 cells, one of 228 has 38', () => {
    expect([288, 228].map(fitting)).toEqual([48, 38]);
  });

  test('a cell is full only when all its parts are', () => {
    expect(fold('2222', 2)).toBe('22');
    expect(fold('2200', 2)).toBe('20');
    expect(fold('2210', 2)).toBe('21');
    expect(fold('20', 8)).toBe('20');
  });

  test('cells never reach over the bar, and few parts widen', () => {
    for (const count of [3, 7, 38, 48]) {
      const cells = edges(count, 288, 2);
      const last = cells.at(-1);
      expect((last?.x ?? 0) + (last?.w ?? 0)).toBeLessThanOrEqual(288.5);
    }
    expect(edges(3, 288, 1)[0]?.w).toBeGreaterThan(90);
  });
});

describe('names', () => {
  const fits = (max: number) => (text: string) => text.length <= max;

  test('are cut in the middle and keep language and extension', () => {
    expect(tail('kyoto_v07_final.zh-CN.srt')).toBe('_final.zh-CN.srt');
    expect(cut('kyoto_rain_directors-cut_2160p_final.mp4', fits(20))).toBe('kyoto_rai…_final.mp4');
    expect(cut('short.mp4', fits(20))).toBe('short.mp4');
  });

  test('columns follow the width of the list', () => {
    expect(columnsFor(720).mode).toBe('narrow');
    expect(columnsFor(1064)).toMatchObject({ mode: 'medium', state: 288, count: 6 });
    expect(columnsFor(1500).mode).toBe('wide');
  });
});

describe('faults', () => {
  const fault = { operation: null, cloudCode: null, cloudMessage: null, requestId: null };

  test('have a cause, an explanation and one action', () => {
    const dns = { ...fault, code: 'net.dns' as const, facts: { host: 'vod.example' } };
    expect(cause(dns)).toBe('Server name not found');
    expect(why(dns)).toContain('vod.example');
    expect(act(dns)).toBe('Network settings');
    expect(remedy(dns)).toBe('network');
  });

  test('an explanation without its facts says what it can without them, or is left out', () => {
    expect(why({ ...fault, code: 'net.dns', facts: {} })).toBe('Check DNS or the proxy.');
    expect(why({ ...fault, code: 'auth.region', facts: {} })).toBe('');
  });
});

test('every icon of the page is in the sprite', () => {
  const names = [...iconSource.matchAll(/^ {2}\| '([\w-]+)'/gm)].map((match) => match[1]);
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !sprite.includes(`id="i-${name}"`))).toEqual([]);
});
