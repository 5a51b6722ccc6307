// Which group a row stands in, and when it may move to another. Pure; knows rows and a clock it is given.
import type { Row, TransferId } from '../host/bindings';

export type Group = 'needs' | 'progress' | 'vod' | 'waiting' | 'done';
export type Filter = 'all' | 'active' | 'failed' | 'done';

export const FILTERS: Filter[] = ['all', 'active', 'failed', 'done'];
export const GROUPS: Group[] = ['needs', 'progress', 'vod', 'waiting', 'done'];

const STAY = 4000;

/** Waits for the user to say whether it is to be sent: it looks the same as another, or VOD would fail it. */
export function undecided(row: Row): boolean {
  return row.undecided && row.status === 'waiting';
}

/** The group of a row. */
export function groupOf(row: Row): Group {
  switch (row.status) {
    case 'failed':
      return 'needs';
    case 'processing':
      return 'vod';
    case 'done':
    case 'cancelled':
      return 'done';
    case 'waiting':
      return undecided(row) ? 'needs' : 'waiting';
    case 'paused':
      return 'waiting';
    case 'held':
      return row.phase === 'found' || row.phase === 'planned' ? 'waiting' : 'progress';
    case 'preparing':
    case 'requesting':
    case 'uploading':
    case 'refreshing':
    case 'resting':
    case 'verifying':
    case 'linking':
      return 'progress';
  }
}

/** Does a group pass a filter? */
export function passes(group: Group, filter: Filter): boolean {
  if (filter === 'all') return true;
  if (filter === 'failed') return group === 'needs';
  if (filter === 'done') return group === 'done';
  return group !== 'needs' && group !== 'done';
}

/** Rows stay where they are for 4 s after their group has changed, and longer while the pointer is over the list. */
export class Placement {
  #shown = new Map<TransferId, Group>();
  #due = new Map<TransferId, number>();

  /** Where a row is drawn now. */
  place(id: TransferId, actual: Group, now: number): Group {
    const shown = this.#shown.get(id);
    if (shown === undefined) {
      this.#shown.set(id, actual);
      return actual;
    }
    if (shown === actual) this.#due.delete(id);
    else if (!this.#due.has(id)) this.#due.set(id, now + STAY);
    return shown;
  }

  /** Lets rows go whose time has come, but for one. True when any may move. */
  settle(now: number, but: TransferId | null = null): boolean {
    let moved = false;
    for (const [id, due] of this.#due) {
      if (due > now || id === but) continue;
      this.#due.delete(id);
      this.#shown.delete(id);
      moved = true;
    }
    return moved;
  }

  forget(id: TransferId): void {
    this.#shown.delete(id);
    this.#due.delete(id);
  }
}
