// The command palette: what was typed, what fits it, and which of it is meant. Knows no command.
import type { IconName } from '../parts/icons';
import { find, type Findable } from './palette-match';

export type Kind = 'cmd' | 'trf' | 'set';
export const KINDS: Kind[] = ['cmd', 'trf', 'set'];

export interface Choice extends Findable {
  id: string;
  kind: Kind;
  icon: IconName;
  label: string;
  hint: string;
  keys: string[];
  /** Why it cannot be chosen now. */
  reason: string | null;
  run: () => void;
}

export class Palette {
  query = $state('');
  index = $state(0);
  #choices: Record<Kind, Choice[]>;

  /** The choices are what there is when the palette opens: nothing moves while somebody types. */
  constructor(choices: Choice[]) {
    const of = (kind: Kind) => choices.filter((choice) => choice.kind === kind);
    this.#choices = { cmd: of('cmd'), trf: of('trf'), set: of('set') };
  }

  groups = $derived(
    KINDS.map((kind) => ({ kind, choices: find(this.query, this.#choices[kind]) })).filter(
      ({ choices }) => choices.length > 0,
    ),
  );
  found = $derived(this.groups.flatMap((group) => group.choices));
  active: Choice | null = $derived(this.found[Math.min(this.index, this.found.length - 1)] ?? null);

  type(query: string): void {
    this.query = query;
    this.index = 0;
  }

  move(by: number): void {
    const n = this.found.length;
    if (n > 0) this.index = (Math.min(this.index, n - 1) + by + n) % n;
  }

  to(index: number): void {
    this.index = Math.max(0, Math.min(this.found.length - 1, index));
  }
}
