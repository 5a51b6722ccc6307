// The room a line of changing figures keeps, so that what stands behind it never moves. Pure; widths are compared by length, as
// figures are tabular.

/** A size as wide as any: three digits, a point and the widest unit. */
export function widestSize(text: string): string {
  return text.replace(/[\d.]+/, '8.88').replace(/[KMGTP]?B$/, 'MB');
}

/** The widest count of as many digits. */
export function widestCount(n: number): number {
  return Number('8'.repeat(String(n).length));
}

/** Keeps the widest text of one occasion; another occasion begins anew. */
export class Room {
  #occasion = '';
  #widest = '';

  next(text: string, occasion: string): string {
    if (occasion !== this.#occasion || text.length > this.#widest.length) this.#widest = text;
    this.#occasion = occasion;
    return this.#widest;
  }
}
