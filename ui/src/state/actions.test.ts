// What people do to rows and take back: the host is asked for the way there, and for the very way back.
import { beforeEach, expect, test, vi } from 'vitest';

import type { TransferId } from '../host/bindings';
import { fakeHost } from '../host/fake';
import type { Host } from '../host/host';
import { words } from '../i18n/i18n.svelte';
import { App } from './app.svelte';
import { historyMenu } from './history-menu';
import { menuFor } from './menu';

let app: App;
let host: Host;
const order = () => app.transfers.all().map(({ id }) => id);
const parents = () => new Map(app.transfers.all().map(({ id, row }) => [id, row.parent]));
const of = (kind: string, parent: boolean) =>
  app.transfers.all().filter(({ row }) => row.kind === kind && (row.parent !== null) === parent);
/** The frames of the imitated host are drawn at once. */
const drawn = () => vi.waitFor(() => expect(app.transfers.all().length).toBeGreaterThan(5));

beforeEach(async () => {
  vi.stubGlobal('requestAnimationFrame', (draw: () => void) => (draw(), 0));
  words.language = 'en';
  host = fakeHost(new URLSearchParams('still&scene=queue'));
  app = new App(host);
  await app.start();
  await drawn();
});

test('rows that were moved go back to where each of them was', async () => {
  const before = order();
  const apart = [before[9], before[11], before[14]] as TransferId[];
  for (const move of [() => app.actions.next(apart), () => app.actions.reorder(apart, before[2] as TransferId)]) {
    move();
    await vi.waitFor(() => expect(order()).not.toEqual(before));
    await app.undo.undo();
    expect(order()).toEqual(before);
    await app.undo.redo();
    expect(order()).not.toEqual(before);
    await app.undo.undo();
    expect(order()).toEqual(before);
  }
});

test('what was attached or detached goes back to whom it belonged to', async () => {
  const before = parents();
  const child = of('subtitle', true)[0] ?? of('image', true)[0];
  const video = of('video', false).find(({ id }) => id !== child?.row.parent);
  if (!child || !video) throw new Error('the scene has no attached file');
  for (const parent of [video.id, null]) {
    app.actions.attach([child.id], parent);
    await vi.waitFor(() => expect(parents().get(child.id)).toBe(parent));
    await app.undo.undo();
    expect(parents()).toEqual(before);
  }
});

test('a selection is grouped whichever of its rows comes first', async () => {
  const child = of('subtitle', true)[0] ?? of('image', true)[0];
  const video = of('video', false)[0];
  if (!child || !video) throw new Error('the scene has no attached file');
  app.actions.attach([child.id], null);
  await vi.waitFor(() => expect(parents().get(child.id)).toBe(null));
  app.queue.select(video.id);
  app.queue.select(child.id, 'toggle');
  for (const ids of [
    [video.id, child.id],
    [child.id, video.id],
  ]) {
    const items = menuFor(app, ids).flat();
    expect(items.map(({ key }) => key)).not.toContain('detach');
    const attach = vi.spyOn(host, 'attach');
    items.find(({ key }) => key === 'group')?.run();
    expect(attach).toHaveBeenLastCalledWith([child.id], video.id);
    await app.undo.undo();
    attach.mockRestore();
  }
});

test('a file of the history that is sent again can be taken back', async () => {
  const remove = vi.spyOn(host, 'remove');
  const page = await host.history({ text: '', outcome: 'all', kind: '', sinceMs: 0, offset: 0, limit: 50 });
  const item = page.items.find(({ fileThere }) => fileThere);
  if (!item) throw new Error('the history has no file that is still there');
  historyMenu(app, item)
    .flat()
    .find(({ key }) => key === 'again')
    ?.run();
  await vi.waitFor(() => expect(app.undo.toasts.at(-1)?.text).toBe('Added again'));
  await app.undo.undo();
  expect(remove).toHaveBeenCalledWith(['again']);
});

test('all that wait for a decision are sent by one choice', () => {
  const send = vi.spyOn(app.host, 'sendAnyway');
  const rows = app.transfers
    .all()
    .slice(0, 3)
    .map(({ row }) => row);
  const again = rows.map((row, i) => ({
    ...row,
    status: 'waiting' as const,
    sameAs: i < 2 ? { id: '99', title: 'The same', endedMs: null } : null,
    undecided: i < 2,
  }));
  app.transfers.apply({ frame: 'snapshot', rev: 0, rows: again, totals: app.transfers.totals }, 0);
  const choice = (ids: string[]) =>
    menuFor(app, ids)
      .flat()
      .find(({ key }) => key === 'anyway');
  choice(again.map(({ id }) => id))?.run();
  expect(send.mock.calls.map(([id]) => id)).toEqual(again.slice(0, 2).map(({ id }) => id));
  expect(choice([again[2]?.id ?? ''])).toBeUndefined();
});
