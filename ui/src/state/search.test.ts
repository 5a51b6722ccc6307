// Words go to the core a little after the last key, answers that were overtaken are not heard, and each profile has its view.
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { Row } from '../host/bindings';
import { row as make, seeds } from '../host/fake-data';
import { Queue } from './queue.svelte';
import { Search } from './search.svelte';
import { Transfers } from './transfers.svelte';

function queueOf(rows: Row[]) {
  const transfers = new Transfers();
  transfers.apply({ frame: 'snapshot', rev: 0, rows, totals: transfers.totals }, 0);
  return new Queue(transfers);
}

/** A core whose answers come when they are let. */
function core() {
  const asked: { text: string; answer: (ids: string[]) => Promise<void> }[] = [];
  const search = (text: string) =>
    new Promise<string[]>((resolve) =>
      asked.push({
        text,
        answer: async (ids) => {
          resolve(ids);
          await vi.advanceTimersByTimeAsync(0);
        },
      }),
    );
  return { asked, host: { search } };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('the core is asked once, 80 ms after the last key, and only its last answer counts', async () => {
  const queue = queueOf([]);
  const { asked, host } = core();
  const search = new Search(host, queue, vi.fn());
  search.type('k');
  await vi.advanceTimersByTimeAsync(79);
  search.type(' kyo ');
  await vi.advanceTimersByTimeAsync(79);
  expect(asked).toHaveLength(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked.map(({ text }) => text)).toEqual(['kyo']);
  search.type('kyoto');
  await vi.advanceTimersByTimeAsync(80);
  await asked[1]?.answer(['2']);
  await asked[0]?.answer(['1', '2', '3']);
  expect(queue.hits).toEqual({ text: 'kyoto', ids: new Set(['2']) });
});

test('an empty box shows everything at once, whatever is still under way', async () => {
  const queue = queueOf([]);
  const { asked, host } = core();
  const search = new Search(host, queue, vi.fn());
  search.type('a');
  await vi.advanceTimersByTimeAsync(80);
  search.type(' ');
  expect(queue.hits).toBeNull();
  await asked[0]?.answer(['1']);
  expect(queue.hits).toBeNull();
  search.again();
  await vi.advanceTimersByTimeAsync(500);
  expect(asked).toHaveLength(1);
});

test('a queue that keeps changing is asked about again, at most every 80 ms', async () => {
  const queue = queueOf([]);
  const { asked, host } = core();
  const search = new Search(host, queue, vi.fn());
  search.type('a');
  await vi.advanceTimersByTimeAsync(80);
  await asked[0]?.answer(['1']);
  for (let i = 0; i < 16; i += 1) {
    search.again();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(asked).toHaveLength(3);
});

test('a core that refuses is told of, and the list stays', async () => {
  const queue = queueOf([]);
  const refused = vi.fn();
  const search = new Search({ search: () => Promise.reject(new Error('gone')) }, queue, refused);
  search.type('a');
  await vi.advanceTimersByTimeAsync(80);
  expect(refused).toHaveBeenCalledOnce();
  expect(queue.hits).toBeNull();
});

test('each profile has a view of its own, and shows all transfers until asked for its own only', () => {
  const rows = seeds.slice(0, 6).map((seed, i) => {
    const row = make(seed, false, 0);
    return { ...row, parent: null, account: i < 2 ? 'north' : 'south' };
  });
  const queue = queueOf(rows);
  const shown = () => queue.layout.lines.map((line) => line.transfer.row.account);
  expect([...queue.profiles].sort()).toEqual(['north', 'south']);
  queue.use('north');
  expect(shown()).toHaveLength(6);
  queue.toggleOwn();
  expect(shown()).toEqual(['north', 'north']);
  expect(queue.counts.all).toBe(2);
  queue.filter = 'failed';
  queue.use('south');
  expect([queue.filter, shown().length]).toEqual(['all', 6]);
  queue.use('north');
  expect([queue.filter, queue.only]).toEqual(['failed', 'north']);
  queue.showAll();
  expect(shown()).toHaveLength(6);
});
