// The page of what has ended: asks the core for pages of it as they come into sight.
import type { HistoryItem, HistoryPage, HistoryQuery, TransferId } from '../host/bindings';
import type { Host } from '../host/host';
import { layOut, daysAgo, dayStart, type Days } from './history-days';

const PAGE = 200;
const PAUSE = 80;

export type Outcome = 'all' | 'done' | 'failed' | 'cancelled';
/** So many days up to today; 0: all there are. */
export type Period = 0 | 7 | 30 | 365;
export const PERIODS: Period[] = [0, 7, 30, 365];
/** As VOD's own menus have them; attached are subtitles, watermarks and materials. */
export type HistoryKind = 'all' | 'video' | 'audio' | 'image' | 'attached';
export const KINDS: HistoryKind[] = ['all', 'video', 'audio', 'image', 'attached'];
export const OUTCOMES: Outcome[] = ['all', 'done', 'failed', 'cancelled'];

export class History {
  outcome = $state<Outcome>('all');
  text = $state('');
  kind = $state<HistoryKind>('all');
  period = $state<Period>(0);
  items = $state.raw<HistoryItem[]>([]);
  total = $state(0);
  sizeBytes = $state(0);
  rateBytes = $state(0);
  /** Bytes of each of the last 30 days. */
  days = $state.raw<number[]>([]);
  /** How many of each kind match the rest; none until they are known. */
  counts = $state.raw<Partial<Record<HistoryKind, number>>>({});
  /** Days since the first one that matches. */
  span = $state(1);
  cursor = $state<TransferId | null>(null);
  /** True until the first answer. */
  starting = $state(true);
  now = $state(Date.now());

  #host: Host;
  #refused: (error: unknown) => unknown;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #loading = false;

  constructor(host: Host, refused: (error: unknown) => unknown) {
    this.#host = host;
    this.#refused = refused;
  }

  layout: Days = $derived(layOut(this.items, this.total, this.now));
  chosen = $derived(this.items.find((item) => item.id === this.cursor) ?? null);

  /** Shows one kind, outcome or period; what is left out stays. */
  show({
    kind = this.kind,
    outcome = this.outcome,
    period = this.period,
  }: {
    kind?: HistoryKind;
    outcome?: Outcome;
    period?: Period;
  }): void {
    if (kind === this.kind && outcome === this.outcome && period === this.period) return;
    [this.kind, this.outcome, this.period] = [kind, outcome, period];
    void this.load();
  }

  /** Something may be hidden. */
  get filtered(): boolean {
    return this.text.trim() !== '' || this.outcome !== 'all' || this.kind !== 'all' || this.period !== 0;
  }

  search(text: string): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.load(), PAUSE);
  }

  /** Asks from the beginning. */
  async load(): Promise<void> {
    const asked = (this.#asked += 1);
    const page = await this.#ask(this.#query(0, PAGE));
    if (!page || asked !== this.#asked) return;
    this.now = Date.now();
    this.#hear(page);
    this.items = page.items;
    this.starting = false;
    await this.#around(asked);
  }

  /** The list has come near its end. */
  async more(): Promise<void> {
    if (this.#loading || this.items.length >= this.total) return;
    this.#loading = true;
    const asked = this.#asked;
    const page = await this.#ask(this.#query(this.items.length, PAGE));
    this.#loading = false;
    if (!page || asked !== this.#asked) return;
    const known = new Set(this.items.map((item) => item.id));
    this.items = [...this.items, ...page.items.filter((item) => !known.has(item.id))];
    this.#hear(page);
    // Nothing new although more was promised: the rest is gone.
    if (page.items.length === 0) this.total = this.items.length;
  }

  export(): Promise<void> {
    return this.#host.historyExport(this.#query(0, 0));
  }

  /** The cursor goes `by` rows. */
  step(by: number): HistoryItem | null {
    const here = this.items.findIndex((item) => item.id === this.cursor);
    const next = this.items[Math.min(this.items.length - 1, Math.max(0, here < 0 ? 0 : here + by))] ?? null;
    this.cursor = next?.id ?? null;
    return next;
  }

  #query(offset: number, limit: number): HistoryQuery {
    const sinceMs = this.period === 0 ? 0 : dayStart(Date.now(), this.period - 1);
    return { text: this.text.trim(), outcome: this.outcome, kind: kindOf(this.kind), sinceMs, offset, limit };
  }

  #hear(page: HistoryPage): void {
    this.total = page.total;
    this.sizeBytes = page.sizeBytes;
    this.rateBytes = page.rateBytes;
    this.days = page.days;
  }

  async #ask(query: HistoryQuery): Promise<HistoryPage | null> {
    return this.#host.history(query).catch((error: unknown) => {
      this.#refused(error);
      return null;
    });
  }

  // How many there are of each kind, and since when: shown beside the list, so asked after it.
  async #around(asked: number): Promise<void> {
    const oldest = this.items.length < this.total ? await this.#ask(this.#query(this.total - 1, 1)) : null;
    const first = oldest?.items.at(-1) ?? this.items.at(-1);
    const pages = await Promise.all(KINDS.map((kind) => this.#ask({ ...this.#query(0, 1), kind: kindOf(kind) })));
    if (asked !== this.#asked) return;
    this.span = first ? daysAgo(first.endedMs, this.now) + 1 : 1;
    this.counts = Object.fromEntries(KINDS.map((kind, i) => [kind, pages[i]?.total ?? 0]));
  }
}

const kindOf = (kind: HistoryKind) => (kind === 'all' ? '' : kind);
