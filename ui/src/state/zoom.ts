// How large the page is drawn. Kept in the page's own storage; the shell does the enlarging.
import type { Host } from '../host/host';

const STEPS = [0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];
const KEY = 'zoom';

export class Zoom {
  /** CSS pixels are so many times larger than the window's. */
  factor = 1;
  #host: Pick<Host, 'setZoom'>;

  constructor(host: Pick<Host, 'setZoom'>) {
    this.#host = host;
  }

  /** As large as it was left. */
  restore(): void {
    const kept = Number(read() ?? 1);
    if (STEPS.includes(kept) && kept !== 1) this.#go(kept);
  }

  /** Larger, smaller, or as designed. True when the key was one of these. */
  key(key: string): boolean {
    if (key === '+' || key === '=') this.#go(STEPS.find((step) => step > this.factor) ?? this.factor);
    else if (key === '-' || key === '_') this.#go(STEPS.findLast((step) => step < this.factor) ?? this.factor);
    else if (key === '0') this.#go(1);
    else return false;
    return true;
  }

  #go(factor: number): void {
    if (factor === this.factor) return;
    const before = this.factor;
    this.factor = factor;
    this.#host.setZoom(factor).then(
      () => keep(factor),
      () => (this.factor = before),
    );
  }
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null; // Storage may be denied: then each start is as designed.
  }
}

function keep(factor: number): void {
  try {
    localStorage.setItem(KEY, String(factor));
  } catch {
    return;
  }
}
