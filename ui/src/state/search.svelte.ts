// The words looked for in the queue: asks the core, a little after the last key, and again when the queue has changed.
import type { Host } from '../host/host';
import type { Queue } from './queue.svelte';

const PAUSE = 80;

export class Search {
  /** As it stands in the box. */
  text = $state('');

  #host: Pick<Host, 'search'>;
  #queue: Queue;
  #refused: (error: unknown) => unknown;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;

  constructor(host: Pick<Host, 'search'>, queue: Queue, refused: (error: unknown) => unknown) {
    this.#host = host;
    this.#queue = queue;
    this.#refused = refused;
  }

  type(text: string): void {
    this.text = text;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (text.trim()) this.#soon();
    else this.clear();
  }

  clear(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asked += 1;
    this.text = '';
    this.#queue.hits = null;
  }

  /** Rows have come, gone or got another name. What is asked already answers that too, so nothing is put off. */
  again(): void {
    if (this.#queue.hits !== null && this.#timer === undefined) this.#soon();
  }

  #soon(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#ask();
    }, PAUSE);
  }

  // Until the answer is there, the list shows what it showed; an answer that was overtaken is not heard.
  async #ask(): Promise<void> {
    const asked = (this.#asked += 1);
    const text = this.text.trim();
    const ids = await this.#host.search(text).catch(this.#refused);
    if (asked === this.#asked && Array.isArray(ids)) this.#queue.hits = { text, ids: new Set(ids) };
  }
}
