// The list as lines with fixed heights, which of them are in sight, and where each is drawn. Touches no document. A layout is
// made anew for each row that comes or moves, with ten thousand of them several times a second: so it keeps what is drawn and
// where, and makes lines of those asked for.
import type { TransferId } from '../host/bindings';
import { GROUPS, type Group } from './groups';
import type { Transfer } from './transfers.svelte';

export interface Heights {
  group: number;
  row: number;
  child: number;
}

interface Placed {
  key: TransferId;
  /** Place among all lines and heads of groups, from 0. */
  index: number;
  group: Group;
  transfer: Transfer;
  top: number;
  height: number;
  /** Place in its group or among what is attached with it, from 1, and of how many. */
  position: number;
  of: number;
}
export type RowLine = Placed & { kind: 'row'; children: Transfer[]; open: boolean };
export type ChildLine = Placed & { kind: 'child'; parent: TransferId };
export type Line = RowLine | ChildLine;

/** A group with its head and its rows. */
export interface Section {
  group: Group;
  /** Place of its head among all lines and heads. */
  index: number;
  top: number;
  height: number;
  ids: TransferId[];
}

/** What is laid out: main rows by group, in order, and what is attached to them. */
export interface Families {
  groups: ReadonlyMap<Group, readonly Transfer[]>;
  children: ReadonlyMap<TransferId, Transfer[]>;
  open: ReadonlySet<TransferId>;
}

const ALONE: Transfer[] = [];

export class Layout {
  readonly sections: Section[] = [];
  readonly height: number;

  /** A head is its section. */
  #items: (Transfer | Section)[] = [];
  #tops: number[] = [];
  #positions: number[] = [];
  #families: Families;
  #heights: Heights;
  #lines: Line[] | null = null;
  #shown: ReadonlySet<unknown> | null = null;

  /** Lays families out below each other, group by group, keeping their order. */
  constructor(families: Families, heights: Heights) {
    this.#families = families;
    this.#heights = heights;
    let top = 0;
    const put = (item: Transfer | Section, position: number, height: number) => {
      this.#items.push(item);
      this.#tops.push(top);
      this.#positions.push(position);
      top += height;
    };
    for (const group of GROUPS) {
      const members = families.groups.get(group) ?? [];
      if (members.length === 0) continue;
      const ids = members.map(({ id }) => id);
      const section = { group, index: this.length, top, height: 0, ids };
      put(section, 0, heights.group);
      members.forEach((transfer, i) => {
        put(transfer, i + 1, heights.row);
        if (!families.open.has(transfer.id)) return;
        this.#childrenOf(transfer).forEach((child, j) => put(child, j + 1, heights.child));
      });
      section.height = top - section.top;
      this.sections.push(section);
    }
    this.height = top;
  }

  get rowHeight(): number {
    return this.#heights.row;
  }

  /** How many lines and heads there are. */
  get length(): number {
    return this.#items.length;
  }

  /** All lines in order, without heads. */
  get lines(): Line[] {
    this.#lines ??= this.#items.flatMap((_, i) => this.line(i) ?? []);
    return this.#lines;
  }

  get first(): Line | null {
    return this.line(1);
  }

  /** The line at a place; null for the head of a group, and where nothing is. */
  line(index: number): Line | null {
    const item = this.#items[index];
    if (!item || 'ids' in item) return null;
    const { row } = item;
    const section = this.sections.findLast((one) => one.index < index) as Section;
    const place = { key: row.id, index, group: section.group, transfer: item };
    const [top, position] = [this.#tops[index] as number, this.#positions[index] as number];
    const { children, open } = this.#families;
    const siblings = row.parent === null ? undefined : children.get(row.parent);
    if (siblings && row.parent !== null) {
      const [height, of] = [this.#heights.child, siblings.length];
      return { kind: 'child', ...place, parent: row.parent, top, height, position, of };
    }
    const own = this.#childrenOf(item);
    const opened = own.length > 0 && open.has(row.id);
    const [height, of] = [this.#heights.row, section.ids.length];
    return { kind: 'row', ...place, children: own, open: opened, top, height, position, of };
  }

  /** Where a transfer stands; -1 where it is not shown. */
  indexOf(transfer: Transfer | undefined): number {
    return transfer ? this.#items.indexOf(transfer) : -1;
  }

  /** Is it shown? For many of them. */
  has(transfer: Transfer): boolean {
    this.#shown ??= new Set<unknown>(this.#items);
    return this.#shown.has(transfer);
  }

  /** The place at a height, by bisection over the tops. */
  at(y: number): number {
    let low = 0;
    let high = this.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#tops[middle] ?? 0) <= y) low = middle;
      else high = middle - 1;
    }
    return Math.max(0, low);
  }

  #childrenOf(transfer: Transfer): Transfer[] {
    return this.#families.children.get(transfer.id) ?? ALONE;
  }
}

/**
 * Lines in sight with some to spare on both sides, and the one that must stay mounted. One that is as it was before is the
 * same object, so that nothing of it is drawn anew, and so are all of them together.
 */
export class Sight {
  #layout: Layout | null = null;
  #lines: Line[] = [];

  see(layout: Layout, scroll: number, view: number, keep: Transfer | undefined, spare = 8): Line[] {
    const first = layout.at(scroll);
    // Never fewer than whole rows may need: what is thrown away in one frame would be made again in the next.
    const last = Math.max(layout.at(scroll + view), first + Math.ceil(view / layout.rowHeight));
    const from = Math.max(0, first - spare);
    const to = Math.min(layout.length, last + 1 + spare);
    const places = Array.from({ length: to - from }, (_, i) => from + i);
    const kept = layout.indexOf(keep);
    if (kept >= 0 && (kept < from || kept >= to)) places.push(kept);
    const before = this.#lines;
    const same = layout === this.#layout;
    const known = new Map(before.map((line) => [same ? line.index : line.key, line]));
    const lines = places.flatMap((place) => {
      const there = same && known.get(place);
      if (there) return there;
      const line = layout.line(place);
      if (!line) return [];
      const old = known.get(line.key);
      return old && alike(old, line) ? old : line;
    });
    this.#layout = layout;
    if (lines.length !== before.length || lines.some((line, i) => line !== before[i])) this.#lines = lines;
    return this.#lines;
  }
}

function alike(a: Line, b: Line): boolean {
  const { children, ...rest } = a.kind === 'row' ? a : { ...a, children: ALONE };
  const others = b.kind === 'row' ? b.children : ALONE;
  return (
    children.length === others.length &&
    children.every((child, i) => child === others[i]) &&
    Object.entries(rest).every(([name, value]) => b[name as keyof Line] === value)
  );
}

/**
 * Where lines are drawn. What stays in sight stays in its slot; what comes takes the slot of what left, so that scrolling makes
 * and throws away no elements: WebKit frees those late, some hundred kilobytes a row.
 */
export class Slots {
  #taken = new Map<TransferId, string>();
  #made = 0;

  give(lines: Line[]): Map<TransferId, string> {
    const pool = (line: Line) => `${line.group} ${line.kind} `;
    const given = new Map<TransferId, string>();
    for (const line of lines) {
      const own = this.#taken.get(line.key);
      if (own?.startsWith(pool(line))) given.set(line.key, own);
    }
    const kept = new Set(given.values());
    const free = [...this.#taken.values()].filter((slot) => !kept.has(slot));
    for (const line of lines) {
      if (given.has(line.key)) continue;
      const place = free.findIndex((slot) => slot.startsWith(pool(line)));
      const [slot = `${pool(line)}${(this.#made += 1)}`] = place < 0 ? [] : free.splice(place, 1);
      given.set(line.key, slot);
    }
    this.#taken = given;
    return given;
  }
}
