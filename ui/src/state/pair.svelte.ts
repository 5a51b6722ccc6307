// A credential pair being pasted: what may be drawn of it is shown, the rest stays in a private field.
import { bare, isAddress, shorten, takeApart } from './decode-take';

export type Box = 'address' | 'auth';

export class Pair {
  /** What stands in the boxes: never a secret. */
  shown = $state<Record<Box, string>>({ address: '', auth: '' });
  /** Characters of a text that is shown shortened; null when it is shown whole. */
  hidden = $state<Record<Box, number | null>>({ address: null, auth: null });

  #raw: Record<Box, string> = { address: '', auth: '' };

  /** The text itself, for the host. */
  text(box: Box): string {
    return this.#raw[box];
  }

  /** Takes a pasted text; a whole API answer fills both boxes. */
  paste(box: Box, text: string): void {
    const taken = takeApart(text);
    if (taken) {
      if (taken.address !== null) this.#put('address', taken.address);
      if (taken.auth !== null) this.#put('auth', taken.auth);
    } else {
      this.#put(box, bare(text));
    }
  }

  /** Something was typed; `added` is what a shortened box got at its end, null when something was deleted. */
  type(box: Box, value: string, added: string | null): void {
    if (this.hidden[box] === null) this.#put(box, value);
    else this.#put(box, added === null ? '' : this.#raw[box] + added);
  }

  swap(): void {
    const { address, auth } = this.#raw;
    this.#put('address', auth);
    this.#put('auth', address);
  }

  clear(): void {
    this.#raw = { address: '', auth: '' };
    this.shown = { address: '', auth: '' };
    this.hidden = { address: null, auth: null };
  }

  #put(box: Box, text: string): void {
    this.#raw[box] = text;
    const whole = text.length <= 4 || isAddress(text) || (box === 'address' && !couldCarry(text));
    this.shown[box] = whole ? text : shorten(text);
    this.hidden[box] = whole ? null : [...text].length;
  }
}

/** Long enough to carry a secret, and Base64 or JSON of something that is no address. */
function couldCarry(text: string): boolean {
  return text.length > 24 && (/[{"<]/.test(text) || /^[A-Za-z0-9+/=_-]+$/.test(text));
}
