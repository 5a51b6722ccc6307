// The list as entries with fixed heights, and which of them are in sight. Pure.
import type { TransferId } from '../host/bindings';
import { GROUPS, type Group } from './groups';
import type { Transfer } from './transfers.svelte';

export interface Heights {
  group: number;
  row: number;
  child: number;
}

interface Placed {
  key: string;
  group: Group;
  top: number;
  height: number;
}
export type GroupEntry = Placed & { kind: 'group'; count: number; ids: TransferId[] };
export type RowEntry = Placed & {
  kind: 'row';
  transfer: Transfer;
  children: Transfer[];
  open: boolean;
  position: number;
  of: number;
};
export type ChildEntry = Placed & {
  kind: 'child';
  transfer: Transfer;
  parent: TransferId;
  position: number;
  of: number;
};
export type Entry = GroupEntry | RowEntry | ChildEntry;
export type Line = RowEntry | ChildEntry;

export interface Section {
  group: Group;
  top: number;
  height: number;
  head: GroupEntry;
}
export interface Layout {
  entries: Entry[];
  lines: Line[];
  sections: Section[];
  height: number;
  byKey: Map<string, number>;
}

export interface Family {
  transfer: Transfer;
  children: Transfer[];
  group: Group;
  open: boolean;
}

/** Lays families out below each other, group by group, keeping their order. */
export function layOut(families: Family[], heights: Heights): Layout {
  const entries: Entry[] = [];
  const sections: Section[] = [];
  let top = 0;
  const put = <E extends Entry>(entry: E): E => {
    entries.push(entry);
    top += entry.height;
    return entry;
  };
  for (const group of GROUPS) {
    const members = families.filter((family) => family.group === group);
    if (members.length === 0) continue;
    const start = top;
    const ids = members.map((family) => family.transfer.id);
    const height = heights.group;
    const head = put({ kind: 'group', key: `group:${group}`, group, count: ids.length, ids, top, height });
    members.forEach(({ transfer, children, open }, i) => {
      const place = { position: i + 1, of: members.length };
      put({ kind: 'row', key: transfer.id, group, transfer, children, open, ...place, top, height: heights.row });
      if (!open) return;
      children.forEach((child, j) => {
        const among = { position: j + 1, of: children.length };
        const parent = transfer.id;
        put({ kind: 'child', key: child.id, group, transfer: child, parent, ...among, top, height: heights.child });
      });
    });
    sections.push({ group, top: start, height: top - start, head });
  }
  const lines = entries.filter((entry): entry is Line => entry.kind !== 'group');
  return { entries, lines, sections, height: top, byKey: new Map(entries.map((entry, i) => [entry.key, i])) };
}

/** Index of the entry at a height, by bisection over the tops. */
export function at(entries: Entry[], y: number): number {
  let low = 0;
  let high = entries.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((entries[middle]?.top ?? 0) <= y) low = middle;
    else high = middle - 1;
  }
  return Math.max(0, low);
}

/** Entries in sight with some to spare on both sides, and the one that must stay mounted. */
export function inSight(layout: Layout, scroll: number, view: number, keep: string | null, spare = 8): Line[] {
  const { entries, byKey } = layout;
  const from = Math.max(0, at(entries, scroll) - spare);
  const to = Math.min(entries.length, at(entries, scroll + view) + 1 + spare);
  const seen = entries.slice(from, to);
  const kept = keep === null ? undefined : byKey.get(keep);
  const extra = kept === undefined || (kept >= from && kept < to) ? undefined : entries[kept];
  if (extra) seen.push(extra);
  return seen.filter((entry): entry is Line => entry.kind !== 'group');
}
