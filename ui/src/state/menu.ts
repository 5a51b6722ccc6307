// The context menu of rows: what applies, in the order of the specification. Draws nothing.
import type { Row, TransferId } from '../host/bindings';
import { t } from '../i18n/i18n.svelte';
import type { IconName } from '../parts/icons';
import type { App } from './app.svelte';
import { undecided } from './groups';
import { second } from './format';
import { cap } from './single-keys';
import { sentence } from './timeline';

export interface Item {
  key: string;
  icon: IconName;
  label: string;
  run: () => void;
  keys?: string[];
  /** Whether it is the chosen one of several; left out where there is nothing to choose. */
  checked?: boolean;
  /** Why it cannot be chosen now. */
  reason?: string;
}

/** Groups of items for these rows; what does not apply is left out. */
export function menuFor(app: App, ids: TransferId[]): Item[][] {
  const rows = app.actions.rows(ids);
  const [first] = rows;
  if (!first) return [];
  const { actions, host } = app;
  const single = ids.length === 1;
  const can = (what: keyof typeof first.can) => rows.some((row) => row.can[what]);
  const waits = rows.some((row) => row.parent === null && (row.status === 'waiting' || row.status === 'paused'));
  const issued = rows.some((row) => row.mediaId !== null);
  const loose = rows.filter(({ parent, kind }) => parent === null && (kind === 'image' || kind === 'subtitle'));
  const video = app.queue.chosen.find(({ row }) => row.kind === 'video' && row.parent === null);
  const attached = rows.filter(({ id, parent }) => parent !== null && ids.includes(id));
  const asked = rows.filter(undecided).map(idOf);
  const item = (
    when: boolean,
    key: string,
    icon: IconName,
    label: string,
    run: () => void,
    keys?: string[],
  ): Item | null => (when ? { key, icon, label, run, keys } : null);
  const { singles } = app.session;
  const pauseKey = singles ? [cap(singles.pause)] : undefined;
  const copyId = item(true, 'copyId', 'copy', t('act.copyId'), () => actions.copyIds(ids), ['Ctrl', 'C']);
  if (copyId && !issued) copyId.reason = t('t.none');
  const groups = [
    [
      item(asked.length > 0, 'anyway', 'upload', t('dup.anyway'), () => actions.sendAnyway(asked)),
      item(can('resume'), 'resume', 'play', t('act.resume'), () => actions.resume(ids), pauseKey),
      item(can('pause'), 'pause', 'pause', t('act.pause'), () => actions.pause(ids), pauseKey),
      item(can('retry'), 'retry', 'rotate-cw', t('act.retry'), () => actions.retry(ids), ['Ctrl', 'R']),
      item(can('restart'), 'restart', 'rotate-ccw', t('act.restart'), () => actions.restart(ids)),
      item(waits, 'next', 'arrow-up-to-line', t('act.next'), () => actions.next(ids)),
      item(waits, 'up', 'arrow-up', t('act.up'), () => actions.move(ids, -1), ['Alt', '↑']),
      item(waits, 'down', 'arrow-down', t('act.down'), () => actions.move(ids, 1), ['Alt', '↓']),
    ],
    [
      copyId,
      item(single, 'copyTitle', 'text', t('act.copyTitle'), () => actions.copy(first.title)),
      item(single, 'reveal', 'folder', t('act.reveal'), () => actions.ask(host.reveal(first.id))),
      item(single && issued, 'console', 'external-link', t('act.console'), () =>
        actions.ask(host.openConsole(first.id)),
      ),
    ],
    [
      item(single, 'edit', 'pencil', t('act.edit'), () => app.inspector.ask(first.id, 'title'), ['F2']),
      item(single && first.parent === null && first.kind === 'video', 'attach', 'paperclip', t('act.attach'), () => {
        void actions.pick('files', first.id);
      }),
      item(loose.length > 0 && video !== undefined, 'group', 'layers', t('act.group'), () => {
        if (video) actions.attach(loose.map(idOf), video.id);
      }),
      item(attached.length === ids.length, 'detach', 'unlink', t('act.detach'), () => actions.attach(ids, null)),
    ],
    [item(single, 'copyLog', 'scroll-text', t('log.copy'), () => void copyLog(app, first.id))],
    [
      item(can('cancel'), 'cancel', 'circle-slash', t('act.cancel'), () => actions.cancel(ids)),
      item(can('remove') || can('cancel'), 'remove', 'trash', t('act.remove'), () => actions.remove(ids), ['Del']),
    ],
  ];
  return groups.map((group) => group.filter((entry) => entry !== null)).filter((group) => group.length > 0);
}

const idOf = ({ id }: Row) => id;

/** The log as text. The core has kept secrets and signatures out of it. */
export async function copyLog(app: App, id: TransferId): Promise<void> {
  const lines = await app.host.timeline(id).catch(app.refused);
  if (lines) app.actions.copy(lines.map((line) => `${second(line.atMs)}  ${sentence(line)}`).join('\n'));
}
