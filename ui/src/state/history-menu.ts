// What can be done to a transfer that has ended. Draws nothing.
import type { HistoryItem } from '../host/bindings';
import { t } from '../i18n/i18n.svelte';
import type { App } from './app.svelte';
import { cause } from './faults';
import type { Item } from './menu';

export function historyMenu(app: App, item: HistoryItem): Item[][] {
  const { actions, host } = app;
  const id: Item = {
    key: 'copyId',
    icon: 'copy',
    label: t('act.copyId'),
    keys: ['Ctrl', 'C'],
    run: () => copyId(app, item),
  };
  if (!item.mediaId) id.reason = t('t.none');
  const again: Item = { key: 'again', icon: 'upload', label: t('his.again'), run: () => void sendAgain(app, item) };
  if (!item.fileThere) again.reason = t('his.gone');
  const reveal: Item = {
    key: 'reveal',
    icon: 'folder',
    label: t('act.reveal'),
    run: () => actions.ask(host.reveal(item.id)),
  };
  if (!item.fileThere) reveal.reason = t('his.gone');
  const groups: Item[][] = [
    [id, { key: 'copyTitle', icon: 'text', label: t('act.copyTitle'), run: () => actions.copy(item.title) }],
    [again, reveal],
  ];
  if (item.mediaId) {
    groups[1]?.push({
      key: 'console',
      icon: 'external-link',
      label: t('act.console'),
      run: () => actions.ask(host.openConsole(item.id)),
    });
  }
  return groups;
}

/** The media id, or the file's name where there is none. */
export function copyId(app: App, item: HistoryItem): void {
  if (item.mediaId) app.actions.copy(item.mediaId, t('toast.copied', { n: 1 }));
  else app.actions.copy(item.name);
}

async function sendAgain(app: App, item: HistoryItem): Promise<void> {
  const { host, undo } = app;
  const ids = await host.historyAgain([item.id]).catch(app.refused);
  if (ids) undo.tell(t('toast.again'), 'upload', { undo: () => host.remove(ids), redo: () => host.restore(ids) });
}

export type Outcome = 'done' | 'failed' | 'cancelled';

/** How it ended: only a failure is red. */
export function outcomeOf(item: HistoryItem): { outcome: Outcome; text: string } {
  if (item.fault) return { outcome: 'failed', text: cause(item.fault) };
  if (item.phase === 'settled') return { outcome: 'done', text: item.mediaId ?? t('st.done') };
  return { outcome: 'cancelled', text: t('his.cancel', { p: `${item.percent}%` }) };
}
