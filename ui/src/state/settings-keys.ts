// Every shortcut there is, as a table to be shown. Knows no event: `keys.ts` acts on them.
import type { Key } from '../i18n/i18n.svelte';

export interface Shortcut {
  label: Key;
  /** Several ways, each of some keys. */
  ways: string[][];
  /** A single character: acts only while the list has the focus, and can be turned off. */
  single?: true;
}
export interface ShortcutGroup {
  name: Key;
  shortcuts: Shortcut[];
}

const on = (label: Key, ...ways: string[]): Shortcut => ({ label, ways: ways.map((way) => way.split(' ')) });
const single = (label: Key, ...ways: string[]): Shortcut => ({ ...on(label, ...ways), single: true });

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
      single('keys.toggle', 'X'),
      on('keys.toggle', 'Ctrl Space'),
      on('keys.all', 'Ctrl A'),
      single('keys.pause', 'Space'),
      on('keys.inspect', 'Enter'),
      on('keys.edit', 'F2'),
      on('act.retry', 'Ctrl R'),
      on('act.copyId', 'Ctrl C'),
      on('keys.order', 'Alt ↑', 'Alt ↓'),
      on('act.remove', 'Del'),
      on('keys.menu', 'Shift F10'),
      single('search.ph', '/'),
      single('keys.title', '?'),
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
