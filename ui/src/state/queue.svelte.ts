// What the list shows of the transfers: filter, search, order, selection and the cursor. Asks nobody for anything.
import { tick, untrack } from 'svelte';

import type { TransferId } from '../host/bindings';
import { FILTERS, groupOf, passes, Placement, type Filter, type Group } from './groups';
import { Layout, type Families, type Heights, type Line } from './layout';
import type { Transfer, Transfers } from './transfers.svelte';

const COMFORTABLE: Heights = { group: 34, row: 56, child: 36 };
/** The state below the title, where the list is too narrow for both in a line. */
const STACKED: Heights = { group: 34, row: 84, child: 60 };
const COMPACT: Heights = { group: 34, row: 44, child: 32 };
const FOLLOWED = 30;
const NOWHERE: ReadonlyMap<string, number> = new Map();

function put<K>(lists: Map<K, Transfer[]>, key: K, transfer: Transfer): void {
  const list = lists.get(key);
  if (list) list.push(transfer);
  else lists.set(key, [transfer]);
}

export class Queue {
  filter = $state<Filter>('all');
  /** What the core found of some words; null when nothing is looked for. */
  hits = $state.raw<{ text: string; ids: ReadonlySet<TransferId> } | null>(null);
  /** The only profile whose transfers are shown; null: those of all. */
  only = $state<string | null>(null);
  compact = $state(false);
  /** Set by the list, from its own width. */
  stacked = $state(false);
  selected = $state.raw<ReadonlySet<TransferId>>(new Set());
  cursor = $state<TransferId | null>(null);
  /** While one of these holds, rows do not change their group. */
  hovered = $state(false);
  menuOpen = $state(false);
  dragging = $state(false);
  /** Where dragged rows would go: before this row (null: last), and the height of the line that says so. */
  dropBefore = $state.raw<{ id: TransferId | null; top: number } | null>(null);
  focused = $state(false);
  /** Where rows stood before a regrouping, while it is drawn: for the eye to follow. No eye follows more than a few. */
  movedFrom: ReadonlyMap<string, number> = NOWHERE;
  /** A row the list should bring into view. */
  wanted = $state<TransferId | null>(null);

  #transfers: Transfers;
  #open = $state.raw<ReadonlySet<TransferId>>(new Set());
  #placement = new Placement();
  #settled = $state(0);
  #anchor: TransferId | null = null;

  constructor(transfers: Transfers) {
    this.#transfers = transfers;
  }

  // Follows what is named here and no row: with ten thousand of them, each quarter of a second of progress would lay
  // them all out again.
  layout: Layout = $derived.by(() => {
    void this.#transfers.structure;
    void this.#settled;
    const heights = this.stacked ? STACKED : this.compact ? COMPACT : COMFORTABLE;
    const { hits, filter, only } = this;
    const open = this.#open;
    return untrack(() => new Layout(this.#families(hits?.ids ?? null, filter, only, open), heights));
  });

  /** The profiles that have transfers in the queue. */
  profiles: ReadonlySet<string> = $derived.by(() => {
    void this.#transfers.structure;
    return untrack(() => new Set(this.#transfers.all().map(({ row }) => row.account)));
  });

  /** How many rows each filter shows: of one profile they are counted here, of all the core has counted them. */
  counts: Record<Filter, number> = $derived.by(() => {
    const { only } = this;
    if (only === null) {
      const { all, active, waiting, processing, failed, done, cancelled } = this.#transfers.totals.counts;
      return { all, active: active + waiting + processing, failed, done: done + cancelled };
    }
    void this.#transfers.structure;
    return untrack(() => {
      const counts = { all: 0, active: 0, failed: 0, done: 0 };
      for (const { row } of this.#transfers.all()) {
        if (row.parent !== null || row.account !== only) continue;
        const group = groupOf(row);
        for (const filter of FILTERS) if (passes(group, filter)) counts[filter] += 1;
      }
      return counts;
    });
  });

  /** Selected transfers in the order of the queue. */
  chosen: Transfer[] = $derived.by(() => {
    void this.#transfers.structure;
    const selected = this.selected;
    if (selected.size === 0) return [];
    return untrack(() => this.#transfers.all().filter((transfer) => selected.has(transfer.id)));
  });

  /** Selected ones that the filter hides. */
  hiddenCount = $derived(this.chosen.filter((transfer) => !this.layout.has(transfer)).length);

  #families(
    hits: ReadonlySet<TransferId> | null,
    filter: Filter,
    only: string | null,
    open: ReadonlySet<TransferId>,
  ): Families {
    const all = this.#transfers.all();
    const children = new Map<TransferId, Transfer[]>();
    for (const transfer of all) {
      const parent = transfer.row.parent;
      if (parent !== null && this.#transfers.get(parent)) put(children, parent, transfer);
    }
    const matches = ({ id, row }: Transfer) =>
      (hits === null || hits.has(id)) && (only === null || row.account === only);
    const groups = new Map<Group, Transfer[]>();
    const now = performance.now();
    for (const transfer of all) {
      if (transfer.row.parent !== null && this.#transfers.get(transfer.row.parent)) continue;
      const group = this.#placement.place(transfer.id, groupOf(transfer.row), now);
      if (!passes(group, filter)) continue;
      if (matches(transfer) || children.get(transfer.id)?.some(matches)) put(groups, group, transfer);
    }
    return { groups, children, open };
  }

  /** Twice a second: rows whose group has changed move together, unless somebody works in the list. */
  settle(now: number): void {
    if (this.hovered || this.menuOpen || this.dragging) return;
    const before = this.layout;
    if (!this.#placement.settle(now, this.focused ? this.cursor : null)) return;
    const few = before.length <= FOLLOWED ? before.lines : [];
    this.movedFrom = new Map(few.map((line) => [line.key, line.top]));
    this.#settled += 1;
    // What is drawn anew later, for another reason, comes from nowhere.
    void tick().then(() => (this.movedFrom = NOWHERE));
  }

  // A person with two accounts works in one of them at a time, but leaves when all uploads are over. So every transfer is
  // shown unless only those of the profile in use are asked for, and each profile finds the view again that it was left
  // with: the tab, and whether it shows its own only. Words that were looked for are not kept.
  #views = new Map<string, { filter: Filter; own: boolean }>();
  #profile: string | null = null;

  /** Another profile is in use: its own view, everything the first time. */
  use(profile: string | null): void {
    if (profile === this.#profile) return;
    if (this.#profile !== null) this.#views.set(this.#profile, { filter: this.filter, own: this.only !== null });
    const view = profile === null ? undefined : this.#views.get(profile);
    this.#profile = profile;
    this.filter = view?.filter ?? 'all';
    this.only = view?.own ? profile : null;
  }

  /** Only the transfers of the profile in use, or all again. */
  toggleOwn(): void {
    this.only = this.only === null ? this.#profile : null;
  }

  /** Shows everything again. */
  showAll(): void {
    this.filter = 'all';
    this.only = null;
  }

  /** The children of a transfer, in order. Read `structure` to be told of changes. */
  childrenOf(id: TransferId): Transfer[] {
    return untrack(() => this.#transfers.all().filter((transfer) => transfer.row.parent === id));
  }

  toggleOpen(id: TransferId, open = !this.#open.has(id)): void {
    const next = new Set(this.#open);
    if (open) next.add(id);
    else next.delete(id);
    this.#open = next;
  }

  isOpen(id: TransferId): boolean {
    return this.#open.has(id);
  }

  select(id: TransferId, how: 'only' | 'toggle' | 'extend' = 'only'): void {
    this.cursor = id;
    if (how === 'only') {
      this.#anchor = id;
      this.selected = new Set([id]);
    } else if (how === 'toggle') {
      this.#anchor = id;
      const next = new Set(this.selected);
      if (!next.delete(id)) next.add(id);
      this.selected = next;
    } else {
      this.selected = new Set(this.#between(this.#anchor ?? id, id));
    }
  }

  #between(a: TransferId, b: TransferId): TransferId[] {
    const keys = this.layout.lines.map((line) => line.key);
    const [from, to] = [keys.indexOf(a), keys.indexOf(b)].sort((x, y) => x - y) as [number, number];
    return from < 0 ? [b] : keys.slice(from, to + 1);
  }

  selectAll(): void {
    this.selected = new Set(this.layout.lines.filter((line) => line.kind === 'row').map((line) => line.key));
  }

  clear(): void {
    this.selected = new Set();
  }

  /** The line `by` steps from the cursor; the first one when there is no cursor. */
  step(by: number): Line | undefined {
    const lines = this.layout.lines;
    const here = lines.findIndex((line) => line.key === this.cursor);
    if (here < 0) return by < 0 && by !== -Infinity ? lines.at(-1) : lines[0];
    return lines[Math.min(lines.length - 1, Math.max(0, here + by))];
  }

  /** Forgets what is no longer there. */
  prune(): void {
    if ([...this.selected].every((id) => this.#transfers.get(id))) return;
    this.selected = new Set([...this.selected].filter((id) => this.#transfers.get(id)));
  }
}
