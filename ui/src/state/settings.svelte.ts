// Changes of preferences: written at once, each with its way back. Knows no control.
import type { Settings } from '../host/bindings';
import type { Step, Undo } from './undo.svelte';
import { t } from '../i18n/i18n.svelte';

/** Changes to the same setting that follow each other this quickly are one step. */
const RUN = 1500;

interface Last {
  keys: string;
  at: number;
  after: Partial<Settings>;
  done: boolean;
}

export class Preferences {
  #held: () => Settings | null;
  #save: (change: Partial<Settings>) => Promise<void>;
  #undo: Undo;
  #refused: (error: unknown) => unknown;
  #now: () => number;
  #last: Last | null = null;

  constructor(
    held: () => Settings | null,
    save: (change: Partial<Settings>) => Promise<void>,
    undo: Undo,
    refused: (error: unknown) => unknown,
    now: () => number = () => performance.now(),
  ) {
    this.#held = held;
    this.#save = save;
    this.#undo = undo;
    this.#refused = refused;
    this.#now = now;
  }

  /** Writes what differs. `name` is what the person calls it. */
  change(wanted: Partial<Settings>, name: string): void {
    const held = this.#held();
    const after = held ? change(held, wanted) : {};
    if (!held || Object.keys(after).length === 0) return;
    const before = Object.fromEntries(Object.keys(after).map((key) => [key, held[key as keyof Settings]]));
    this.#save(after).catch(this.#refused);
    if (this.#goesOn(after)) return;
    const last: Last = { keys: keysOf(after), at: this.#now(), after, done: true };
    this.#last = last;
    this.#undo.tell(t('toast.set', { name }), 'settings-2', this.#step(last, before));
  }

  #goesOn(after: Partial<Settings>): boolean {
    const last = this.#last;
    if (!last?.done || last.keys !== keysOf(after) || this.#now() - last.at > RUN) return false;
    last.at = this.#now();
    last.after = after;
    return true;
  }

  #step(last: Last, before: Partial<Settings>): Step {
    return {
      undo: () => {
        last.done = false;
        return this.#save(before);
      },
      redo: () => this.#save(last.after),
    };
  }
}

/** The part of `wanted` that differs from what holds. */
export function change<T extends object>(held: T, wanted: Partial<T>): Partial<T> {
  const differs = ([key, value]: [string, unknown]) => JSON.stringify(value) !== JSON.stringify(held[key as keyof T]);
  return Object.fromEntries(Object.entries(wanted).filter(differs)) as Partial<T>;
}

function keysOf(change: Partial<Settings>): string {
  return Object.keys(change).sort().join();
}
