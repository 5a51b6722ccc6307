// The stream of frames as rows that can be drawn. Knows no host, no filter and no selection.
import type { FaultView, Frame, Row, Totals, TransferId } from '../host/bindings';
import { groupOf } from './groups';
import { Steady } from './steady';

const HISTORY = 60;
const STALLED = { bytesPerSecond: 1000, afterMs: 10_000 };

const NOTHING: Totals = {
  hero: 'empty',
  leftMs: null,
  doneBytes: 0,
  openBytes: 0,
  sizeBytes: 0,
  rateBytes: 0,
  counts: { all: 0, active: 0, waiting: 0, processing: 0, failed: 0, done: 0, cancelled: 0 },
  canPause: false,
  canResume: false,
  online: true,
  pingMs: null,
  notice: null,
};

/** What is printed of a transfer once a second. */
export interface Pace {
  rate: number;
  left: number | null;
  /** Uploading, but hardly a byte has moved for ten seconds. */
  stalled: boolean;
}
const STILL: Pace = { rate: 0, left: null, stalled: false };

/** One transfer. Its row is replaced as a whole; what is printed once a second stands beside it. */
export class Transfer {
  row: Row = $state.raw() as Row;
  pace: Pace = $state.raw(STILL);
  /** When the row was heard, on the page's monotonic clock: times left in it count from then. Told with the row. */
  heard = 0;
  // Ten thousand rest while three move: those have neither.
  #steady: Steady | null = null;
  #slowSince: number | null = null;

  constructor(row: Row, now: number) {
    this.hear(row, now);
    this.tick(now);
  }

  get id(): TransferId {
    return this.row.id;
  }

  hear(row: Row, now: number): void {
    this.heard = now;
    this.row = row;
  }

  tick(now: number): void {
    const { status, rateBytes: rate, leftMs } = this.row;
    if (leftMs === null) this.#steady = null;
    else this.#steady ??= new Steady();
    const left = this.#steady?.next(leftMs, now) ?? null;
    const slow = status === 'uploading' && rate < STALLED.bytesPerSecond;
    this.#slowSince = slow ? (this.#slowSince ?? now) : null;
    const stalled = this.#slowSince !== null && now - this.#slowSince >= STALLED.afterMs;
    this.pace = rate === 0 && left === null && !stalled ? STILL : { rate, left, stalled };
  }
}

/** A change worth telling: the row before, when there was one, and after. */
export type Told = (after: Row, before: Row | null) => void;

export class Transfers {
  totals = $state.raw<Totals>(NOTHING);
  /** Of the totals, which are told anew with each frame: who asks for these alone is drawn when they change. */
  online = $state(true);
  notice = $state.raw<FaultView | null>(null);
  /** Goes up when rows come, go, move or change their group or name: what a list has to be laid out for. */
  structure = $state(0);
  /** Monotonic milliseconds, once a second. */
  now = $state(0);
  rate = $state(0);
  left = $state<number | null>(null);
  /** Total speed of the last minute, one figure a second. */
  speeds = $state.raw<number[]>([]);
  /** Main transfers whose bytes move now, and those that are held. */
  sending = $state(0);
  holding = $state(0);
  /** True until the first snapshot. */
  starting = $state(true);

  #byId = new Map<TransferId, Transfer>();
  #order: TransferId[] = [];
  #rev = -1;
  #steady = new Steady();
  #told: Told;

  constructor(told: Told = () => undefined) {
    this.#told = told;
  }

  get(id: TransferId | null): Transfer | undefined {
    return id === null ? undefined : this.#byId.get(id);
  }

  /** All of them in queue order. Read `structure` to be told of changes. */
  all(): Transfer[] {
    return this.#order.flatMap((id) => this.#byId.get(id) ?? []);
  }

  /** Does any of them pass? Makes no list of them all. */
  some(passes: (row: Row) => boolean): boolean {
    for (const { row } of this.#byId.values()) if (passes(row)) return true;
    return false;
  }

  /** Takes a frame. False is a gap: watch again. */
  apply(frame: Frame, now: number): boolean {
    if (frame.frame === 'snapshot') this.#reset(frame.rows, now);
    else if (frame.rev !== this.#rev + 1) return false;
    else this.#change(frame, now);
    this.#rev = frame.rev;
    this.totals = frame.totals;
    this.online = frame.totals.online;
    this.notice = frame.totals.notice;
    this.#count();
    return true;
  }

  /** Once a second: what is printed at that pace. */
  tick(now: number): void {
    this.now = now;
    this.rate = this.totals.rateBytes;
    this.left = this.#steady.next(this.totals.leftMs, now);
    this.speeds = [...this.speeds, this.totals.rateBytes].slice(-HISTORY);
    for (const transfer of this.#byId.values()) transfer.tick(now);
  }

  #count(): void {
    let [sending, holding] = [0, 0];
    for (const { row } of this.#byId.values()) {
      if (row.parent !== null) continue;
      if (row.status === 'uploading' || row.status === 'refreshing') sending += 1;
      if (row.status === 'held') holding += 1;
    }
    this.sending = sending;
    this.holding = holding;
  }

  #reset(rows: Row[], now: number): void {
    const known = this.#byId;
    this.#byId = new Map();
    for (const row of rows) {
      const transfer = known.get(row.id);
      if (transfer) transfer.hear(row, now);
      this.#byId.set(row.id, transfer ?? new Transfer(row, now));
    }
    this.#order = rows.map((row) => row.id);
    this.starting = false;
    this.structure += 1;
  }

  #change(frame: Extract<Frame, { frame: 'delta' }>, now: number): void {
    let laidOut = frame.gone.length > 0 || frame.order !== null;
    // A frame that adds a thousand rows must not copy the order for each.
    const fresh = frame.changed.filter((row) => !this.#byId.has(row.id)).map((row) => row.id);
    for (const row of frame.changed) laidOut = this.#hear(row, now) || laidOut;
    for (const id of frame.gone) this.#byId.delete(id);
    if (frame.order) this.#order = frame.order;
    else if (fresh.length + frame.gone.length > 0)
      this.#order = [...this.#order, ...fresh].filter((id) => this.#byId.has(id));
    if (laidOut) this.structure += 1;
  }

  #hear(row: Row, now: number): boolean {
    const transfer = this.#byId.get(row.id);
    if (!transfer) {
      this.#byId.set(row.id, new Transfer(row, now));
      this.#told(row, null);
      return true;
    }
    const before = transfer.row;
    transfer.hear(row, now);
    if (before.status !== row.status) {
      transfer.tick(now);
      this.#told(row, before);
    }
    return (
      groupOf(before) !== groupOf(row) ||
      before.parent !== row.parent ||
      before.title !== row.title ||
      before.name !== row.name ||
      before.mediaId !== row.mediaId
    );
  }
}
