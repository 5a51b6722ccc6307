// The page that decodes a credential pair: what is drawn of the two boxes, and what the core says of them.
// The pasted text itself stays in private fields and is forgotten on leaving.
import type { Blob, Decoded, FaultView } from '../host/bindings';
import type { Host } from '../host/host';
import { inside, isAddress } from './decode-take';
import { asFault } from './faults';
import { Pair, type Box } from './pair.svelte';

const PAUSE = 150;

export class Decode {
  result = $state.raw<Decoded | null>(null);
  fault = $state.raw<FaultView | null>(null);
  /** Time left, as of the last tick. */
  leftMs = $state<number | null>(null);
  /** The longest the credential was seen to have left: the whole ring. */
  lifeMs = $state(1);
  /** For how long it has been over. */
  overMs = $state(0);

  #pair = new Pair();
  #host: Host;
  #now: () => number;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #ends: { at: number; auth: string } | null = null;

  constructor(host: Host, now: () => number = () => performance.now()) {
    this.#host = host;
    this.#now = now;
  }

  get shown(): Record<Box, string> {
    return this.#pair.shown;
  }
  get hidden(): Record<Box, number | null> {
    return this.#pair.hidden;
  }
  empty = $derived(this.#pair.shown.address === '' && this.#pair.shown.auth === '');
  usable = $derived(this.result?.usable === true && this.leftMs !== 0);

  /** Takes a pasted text; a whole API answer fills both boxes. */
  paste(box: Box, text: string): void {
    this.#pair.paste(box, text);
    this.#soon();
  }

  /** A pair without a box: found by what is inside. */
  take(text: string): void {
    this.paste(isAddress(text) ? 'address' : 'auth', text);
  }

  /** Something was typed; `added` is what a shortened box got at its end, null when something was deleted. */
  type(box: Box, value: string, added: string | null): void {
    this.#pair.type(box, value, added);
    this.#soon();
  }

  swap(): void {
    this.#pair.swap();
    this.#soon();
  }

  /** Forgets everything, also what was pasted. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#asked += 1;
    this.#pair.clear();
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
    const id = inside(this.#pair.text('auth'))?.AccessKeyId;
    if (typeof id === 'string') await this.#host.copy(id);
  }

  /** Starts an upload of one file with the pair; false when no file was chosen. */
  async upload(): Promise<boolean> {
    const offer = await this.#host.pick('file');
    if (!offer) return false;
    await this.#host.addPair(offer.id, this.#pair.text('address'), this.#pair.text('auth'));
    return true;
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#decode(), PAUSE);
  }

  async #decode(): Promise<void> {
    const asked = (this.#asked += 1);
    const [address, auth] = [this.#pair.text('address'), this.#pair.text('auth')];
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

/** Milliseconds a credential was issued for, when it says so. */
function life(auth: Blob | null): number | null {
  const seconds = auth?.fields.find((field) => field.name === 'Expiration')?.value;
  return seconds && /^\d+$/.test(seconds) ? Number(seconds) * 1000 : null;
}
