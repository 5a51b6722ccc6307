// Files over the window: what they are, which of the zones they are over, and what was not done with them as asked. Paths never
// come here.
import type { Offer, TransferId } from '../host/bindings';
import type { Remarks } from './faults';

export type Zone = 'now' | 'hold' | 'row';

/** Height of the lower zone with its margins. */
export const STRIP = 96;

export class Drop {
  offer = $state.raw<Offer | null>(null);
  zone = $state<Zone>('now');
  target = $state<TransferId | null>(null);
  /** What the last handing over did not do as asked, until it has been read. */
  leftOut = $state.raw<Remarks | null>(null);
  /** Dropped before there was a profile: added once there is one. */
  pending: { offer: string; start: boolean } | null = null;

  enter(offer: Offer, x: number, y: number): void {
    this.offer = offer;
    this.move(x, y);
  }

  /** A scan went on. */
  further(offer: Offer): void {
    if (this.offer?.id === offer.id) this.offer = offer;
  }

  move(x: number, y: number): void {
    if (!this.offer) return;
    this.target = this.#attachable() ? rowAt(x, y) : null;
    this.zone = this.target !== null ? 'row' : y > innerHeight - STRIP ? 'hold' : 'now';
  }

  leave(): void {
    this.offer = null;
    this.target = null;
    this.zone = 'now';
  }

  // Only covers and subtitles on their own can be given to a row.
  #attachable(): boolean {
    const kinds = Object.entries(this.offer?.kinds ?? {}).filter(([, n]) => n > 0);
    return kinds.length > 0 && kinds.every(([kind]) => kind === 'image' || kind === 'cover' || kind === 'subtitle');
  }
}

function rowAt(x: number, y: number): TransferId | null {
  for (const element of document.elementsFromPoint(x, y)) {
    const row = element.closest<HTMLElement>('[data-video]');
    if (row) return row.dataset.video ?? null;
  }
  return null;
}
