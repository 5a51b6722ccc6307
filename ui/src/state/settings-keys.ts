// Every shortcut there is, as a table to be shown. Knows no event: `keys.ts` acts on them.
import type { Key } from '../i18n/i18n.svelte';
import type { Single } from './single-keys';

export interface Shortcut {
  label: Key;
  /** Several ways, each of some keys. */
  ways: string[][];
  /** A single character of the person's choice: acts only while the list has the focus, and can be turned off. */
  single?: Single;
}
export interface ShortcutGroup {
  name: Key;
  shortcuts: Shortcut[];
}

const on = (label: Key, ...ways: string[]): Shortcut => ({ label, ways: ways.map((way) => way.split(' ')) });
const alone = (label: Key, single: Single): Shortcut => ({ label, ways: [], single });

export const SHORTCUTS: ShortcutGroup[] = [
  {
    name: 'keys.app',
    shortcuts: [
      on('act.add', 'Ctrl O'),
      on('act.addFolder', 'Ctrl Shift O'),
      on('empty.key.paste', 'Ctrl V'),
      on('keys.commands', 'Ctrl K'),
      on('keys.everything', 'Ctrl Shift P'),
      on('act.undo', 'Ctrl Z'),
      on('act.redo', 'Ctrl Shift Z'),
      on('search.ph', 'Ctrl F'),
      on('keys.filters', 'Alt 1–4'),
      on('keys.inspector', 'Ctrl I'),
      on('keys.region', 'F6', 'Shift F6'),
      on('keys.status', 'Ctrl Shift S'),
      on('keys.zoom', 'Ctrl +', 'Ctrl −', 'Ctrl 0'),
      on('keys.esc', 'Esc'),
    ],
  },
  {
    name: 'keys.list',
    shortcuts: [
      on('keys.move', '↑', '↓', 'Home', 'End'),
      on('keys.open', '→', '←'),
      alone('keys.toggle', 'select'),
      on('keys.toggle', 'Ctrl Space'),
      on('keys.all', 'Ctrl A'),
      alone('keys.pause', 'pause'),
      on('keys.inspect', 'Enter'),
      on('keys.edit', 'F2'),
      on('act.retry', 'Ctrl R'),
      on('act.copyId', 'Ctrl C'),
      on('keys.order', 'Alt ↑', 'Alt ↓'),
      on('act.remove', 'Del'),
      on('keys.menu', 'Shift F10'),
      alone('search.ph', 'search'),
      alone('keys.title', 'help'),
    ],
  },
  {
    name: 'keys.go',
    shortcuts: [
      on('nav.queue', 'Ctrl 1'),
      on('nav.history', 'Ctrl 2'),
      on('nav.decode', 'Ctrl 3'),
      on('nav.settings', 'Ctrl ,'),
    ],
  },
];
