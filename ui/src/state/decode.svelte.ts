// The page that decodes a credential pair: what is drawn of the two boxes, and what the core says of them.
// The pasted text itself stays in private fields and is forgotten on leaving.
import type { Blob, Decoded, FaultView } from '../host/bindings';
import type { Host } from '../host/host';
import { bare, inside, isAddress, shorten, takeApart } from './decode-take';
import { asFault } from './faults';

const PAUSE = 150;

export type Box = 'address' | 'auth';

export class Decode {
  /** What stands in the boxes: never a secret. */
  shown = $state<Record<Box, string>>({ address: '', auth: '' });
  /** Characters of a text that is shown shortened; null when it is shown whole. */
  hidden = $state<Record<Box, number | null>>({ address: null, auth: null });
  result = $state.raw<Decoded | null>(null);
  fault = $state.raw<FaultView | null>(null);
  /** Time left, as of the last tick. */
  leftMs = $state<number | null>(null);
  /** The longest the credential was seen to have left: the whole ring. */
  lifeMs = $state(1);
  /** For how long it has been over. */
  overMs = $state(0);

  #raw: Record<Box, string> = { address: '', auth: '' };
  #host: Host;
  #now: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #ends: { at: number; auth: string } | null = null;

  constructor(host: Host, now: () => number = () => performance.now()) {
    this.#host = host;
    this.#now = now;
  }

  empty = $derived(this.shown.address === '' && this.shown.auth === '');
  usable = $derived(this.result?.usable === true && this.leftMs !== 0);

  /** Takes a pasted text; a whole API answer fills both boxes. */
  paste(box: Box, text: string): void {
    const taken = takeApart(text);
    if (taken) {
      if (taken.address !== null) this.#put('address', taken.address);
      if (taken.auth !== null) this.#put('auth', taken.auth);
    } else {
      this.#put(box, bare(text));
    }
    this.#soon();
  }

  /** A pair without a box: found by what is inside. */
  take(text: string): void {
    this.paste(isAddress(text) ? 'address' : 'auth', text);
  }

  /** Something was typed; `added` is what a shortened box got at its end, null when something was deleted. */
  type(box: Box, value: string, added: string | null): void {
    if (this.hidden[box] === null) this.#put(box, value);
    else this.#put(box, added === null ? '' : this.#raw[box] + added);
    this.#soon();
  }

  swap(): void {
    const { address, auth } = this.#raw;
    this.#put('address', auth);
    this.#put('auth', address);
    this.#soon();
  }

  /** Forgets everything, also what was pasted. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#raw = { address: '', auth: '' };
    this.shown = { address: '', auth: '' };
    this.hidden = { address: null, auth: null };
    this.#forgetResult();
  }

  /** Once a second. */
  tick(): void {
    if (!this.#ends) return;
    const left = this.#ends.at - this.#now();
    this.leftMs = Math.max(0, left);
    this.overMs = Math.max(0, -left);
  }

  /** The key id is an identifier: whole in the clipboard, masked in the page. */
  async copyKeyId(): Promise<void> {
    const id = inside(this.#raw.auth)?.AccessKeyId;
    if (typeof id === 'string') await this.#host.copy(id);
  }

  /** Starts an upload of one file with the pair; false when no file was chosen. */
  async upload(): Promise<boolean> {
    const offer = await this.#host.pick('files');
    if (!offer) return false;
    await this.#host.addPair(offer.id, this.#raw.address, this.#raw.auth);
    return true;
  }

  #put(box: Box, text: string): void {
    this.#raw[box] = text;
    const whole = text.length <= 4 || isAddress(text) || (box === 'address' && !couldCarry(text));
    this.shown[box] = whole ? text : shorten(text);
    this.hidden[box] = whole ? null : [...text].length;
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#decode(), PAUSE);
  }

  async #decode(): Promise<void> {
    const asked = (this.#asked += 1);
    const { address, auth } = this.#raw;
    if (!address && !auth) return this.#forgetResult();
    try {
      const result = await this.#host.decode(address, auth);
      if (asked === this.#asked) this.#hear(result, auth);
    } catch (error) {
      if (asked !== this.#asked) return;
      this.#forgetResult();
      this.fault = asFault(error);
    }
  }

  #hear(result: Decoded, auth: string): void {
    this.result = result;
    this.fault = null;
    // A life that counts from the moment of pasting must not begin anew when the other box changes.
    if (result.leftMs === null) this.#ends = null;
    else if (!(result.fromPaste && this.#ends?.auth === auth)) {
      this.#ends = { at: this.#now() + result.leftMs, auth };
      this.lifeMs = Math.max(1, life(result.auth) ?? result.leftMs);
    }
    this.leftMs = result.leftMs;
    this.tick();
  }

  #forgetResult(): void {
    this.result = null;
    this.fault = null;
    this.leftMs = null;
    this.#ends = null;
  }
}

/** Long enough to carry a secret, and Base64 or JSON of something that is no address. */
function couldCarry(text: string): boolean {
  return text.length > 24 && (/[{"<]/.test(text) || /^[A-Za-z0-9+/=_-]+$/.test(text));
}

/** Milliseconds a credential was issued for, when it says so. */
function life(auth: Blob | null): number | null {
  const seconds = auth?.fields.find((field) => field.name === 'Expiration')?.value;
  return seconds && /^\d+$/.test(seconds) ? Number(seconds) * 1000 : null;
}
