// The keyboard of the queue. Single characters act only while the list has the focus.
import { tick } from 'svelte';

import type { TransferId } from '../host/bindings';
import { t } from '../i18n/i18n.svelte';
import type { App, Page } from './app.svelte';
import { left, percent } from './format';
import { FILTERS } from './groups';
import { singleOf } from './single-keys';

const PAGES: Record<string, Page> = { '1': 'queue', '2': 'history', '3': 'decode', ',': 'settings' };
const LIST_ROW = '[data-region="list"] [role="row"][tabindex="0"]';
const REGIONS = ['sidebar', 'header', 'list', 'inspector', 'toasts'];

/** Is this a place where text is typed? */
export function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('input, textarea, [contenteditable]') !== null;
}

/** The rows a key acts on: the selection, or else the row of the cursor. */
export function meant(app: App): TransferId[] {
  const { queue } = app;
  if (queue.selected.size > 0) return queue.chosen.map((transfer) => transfer.id);
  return queue.cursor === null ? [] : [queue.cursor];
}

/** Keys that act anywhere. True when the key was taken. */
export function globalKey(app: App, event: KeyboardEvent): boolean {
  const ctrl = app.session.mac ? event.metaKey : event.ctrlKey;
  // Also where a dialog is open: what cannot be read cannot be closed.
  if (ctrl && !event.altKey && app.zoom.key(event.key)) return true;
  if (app.profileDialog || app.evidence || app.palette || app.shortcuts || !app.inside) return false;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key === 'F6') return region(event.shiftKey ? -1 : 1);
  if (event.altKey && !ctrl && /^[1-4]$/.test(key)) {
    const within = document.querySelector('[data-region="list"]')?.contains(document.activeElement);
    app.queue.filter = FILTERS[Number(key) - 1] ?? 'all';
    // The row with the focus may be gone with the filter: the list keeps it.
    if (within) void tick().then(() => focus(LIST_ROW));
    return true;
  }
  if (key === 'Escape' && app.page === 'queue' && !typing(event.target)) return close(app);
  if (!ctrl) return false;
  if (event.shiftKey) return withShift(app, key);
  if (key in PAGES) app.go(PAGES[key] as Page);
  else if (key === 'o') void app.actions.pick('files');
  else if (key === 'k') app.palette = true;
  else if (key === 'f') focus('[data-search]');
  else if (key === 'i') app.inspector.toggle();
  else if (key === 'r' && app.page === 'queue') app.actions.retry(meant(app));
  else if (key === 'z' && !typing(event.target)) void app.undo.undo();
  else return false;
  return true;
}

/** Closes what is innermost of what has no focus of its own: the inspector, then the selection. */
function close(app: App): boolean {
  if (app.inspector.open) app.inspector.toggle(false);
  else if (app.queue.selected.size > 0) app.queue.clear();
  else return false;
  return true;
}

function withShift(app: App, key: string): boolean {
  if (key === 'o') void app.actions.pick('folder');
  else if (key === 'p') app.actions.toggleAll();
  else if (key === 'z') void app.undo.redo();
  else if (key === 's') status(app);
  else return false;
  return true;
}

/** The status, said aloud because it was asked for. */
function status(app: App): void {
  const { totals } = app.transfers;
  const p = percent(totals.doneBytes, totals.sizeBytes);
  const time = totals.leftMs === null ? t('hero.preparing') : left(totals.leftMs);
  app.announcer.say(t('sr.status', { p, time, n: totals.counts.failed }));
}

function focus(selector: string): void {
  document.querySelector<HTMLElement>(selector)?.focus();
}

/** F6: the next region that is there. */
function region(by: 1 | -1): boolean {
  const there = REGIONS.flatMap((name) => document.querySelector<HTMLElement>(`[data-region="${name}"]`) ?? []);
  const here = there.findIndex((element) => element.contains(document.activeElement));
  const next = there[(here + by + there.length) % there.length];
  const first = '[tabindex="0"], button:not([tabindex="-1"]), a[href], input, textarea';
  if (next?.dataset.region === 'list') focus(LIST_ROW);
  else next?.querySelector<HTMLElement>(first)?.focus();
  return true;
}

const PAGE = 10;

/** Keys of the list. True when the key was taken. */
export function listKey(app: App, event: KeyboardEvent): boolean {
  const { queue, actions } = app;
  const ctrl = app.session.mac ? event.metaKey : event.ctrlKey;
  if (event.altKey) {
    if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return false;
    actions.move(meant(app), event.key === 'ArrowUp' ? -1 : 1);
    return true;
  }
  const steps: Record<string, number> = {
    ArrowUp: -1,
    ArrowDown: 1,
    Home: -Infinity,
    End: Infinity,
    PageUp: -PAGE,
    PageDown: PAGE,
  };
  const by = steps[event.key];
  if (by !== undefined) return step(app, by, event.shiftKey, ctrl);
  if (ctrl) return withControl(app, event.key);
  switch (event.key) {
    case 'Enter':
      app.inspector.toggle(true);
      return true;
    case 'F2':
      if (queue.cursor) app.inspector.ask(queue.cursor, 'title');
      return true;
    case 'Delete':
    case 'Backspace':
      actions.remove(meant(app));
      return true;
    case 'Escape':
      close(app);
      return true;
  }
  return single(app, event.key);
}

function step(app: App, by: number, extend: boolean, ctrl: boolean): boolean {
  const line = app.queue.step(by);
  if (!line) return false;
  if (ctrl) app.queue.cursor = line.key;
  else app.queue.select(line.key, extend ? 'extend' : 'only');
  app.queue.wanted = line.key;
  return true;
}

function withControl(app: App, key: string): boolean {
  const { queue, actions } = app;
  if (key === 'a') queue.selectAll();
  else if (key === 'c') actions.copyIds(meant(app));
  else if (key === ' ' && queue.cursor) queue.select(queue.cursor, 'toggle');
  else return false;
  return true;
}

function single(app: App, key: string): boolean {
  switch (singleOf(app.session.singles, key)) {
    case 'search':
      focus('[data-search]');
      return true;
    case 'select':
      if (app.queue.cursor) app.queue.select(app.queue.cursor, 'toggle');
      return true;
    case 'pause':
      app.actions.toggle(meant(app));
      return true;
    case 'help':
      app.shortcuts = true;
      return true;
    case null:
      return false;
  }
}
