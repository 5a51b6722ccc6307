// Time left without flicker: it may fall at once, and rises only when it stays 15 % higher for 3 s. Pure.

const RISE = 1.15;
const PATIENCE = 3000;

export class Steady {
  #shown: number | null = null;
  #higherSince: number | null = null;

  /** What to print for an estimate heard `now` (monotonic milliseconds). */
  next(estimate: number | null, now: number): number | null {
    if (estimate === null || this.#shown === null || estimate <= this.#shown) return this.#show(estimate);
    if (estimate < this.#shown * RISE) {
      this.#higherSince = null;
      return this.#shown;
    }
    this.#higherSince ??= now;
    return now - this.#higherSince >= PATIENCE ? this.#show(estimate) : this.#shown;
  }

  #show(estimate: number | null): number | null {
    this.#higherSince = null;
    this.#shown = estimate;
    return estimate;
  }
}
