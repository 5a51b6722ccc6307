// One transfer looked at closely: its details and its timeline. Follows the selection, a little behind.
import type { Details, Line, TransferId } from '../host/bindings';
import type { Host } from '../host/host';

const FOLLOW = 80;

export type Tab = 'details' | 'transfer' | 'log';

export class Inspector {
  open = $state(false);
  tab = $state<Tab>('details');
  width = $state(344);
  id = $state<TransferId | null>(null);
  details = $state.raw<Details | null>(null);
  lines = $state.raw<Line[]>([]);
  /** A field that wants the focus: set by "Choose another" and F2. */
  wanted = $state<string | null>(null);

  #host: Host;
  #following: TransferId | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(host: Host) {
    this.#host = host;
  }

  /** Shows a transfer, 80 ms later, so that holding an arrow key does not ask for each on the way. */
  follow(id: TransferId | null): void {
    clearTimeout(this.#timer);
    this.#following = id;
    if (id === this.id) return;
    this.#timer = setTimeout(() => this.show(id), FOLLOW);
  }

  show(id: TransferId | null): void {
    clearTimeout(this.#timer);
    if (id !== this.id) {
      this.id = id;
      this.details = null;
      this.lines = [];
    }
    void this.#host.inspect(this.open ? id : null).catch(() => undefined);
    void this.refresh();
  }

  /** Asks again; called when the row says that something has changed. */
  async refresh(): Promise<void> {
    const id = this.id;
    if (id === null || !this.open) return;
    try {
      const [details, lines] = await Promise.all([this.#host.details(id), this.#host.timeline(id)]);
      if (this.id !== id) return;
      this.details = details;
      this.lines = lines;
    } catch {
      if (this.id === id) this.details = null; // It left the list between the question and the answer.
    }
  }

  toggle(open = !this.open): void {
    this.open = open;
    this.show(this.#following ?? this.id);
  }

  /** Opens the details with the focus in a field. */
  ask(id: TransferId, field: string): void {
    this.tab = 'details';
    this.open = true;
    this.#following = id;
    this.show(id);
    this.wanted = field;
  }
}
