// Small pictures of the files themselves: made once, kept for as long as they are among the newest. Knows no view.
import type { Kind, TransferId } from '../host/bindings';
import type { Host } from '../host/host';
import { image } from './stills-draw';

/** What a canvas can draw, already small. */
export type Picture = CanvasImageSource;
/** Draws what is behind an address. */
export type Draw = (url: string) => Promise<Picture>;
/** The file that shows a transfer: its own, or its cover. */
export interface Face {
  id: TransferId;
  as: 'image' | 'video';
}
interface Job {
  face: Face;
  wanted: () => boolean;
  answer: (picture: Picture | null) => void;
}

const KEPT = 300;
const AT_ONCE = { image: 4, video: 2 };
/** Until a list that moved is at rest. */
const REST = 150;
const PICTURES = /\.(png|jpe?g|gif|bmp|webp)$/i;
const FILMS = /\.(mp4|m4v|mov|webm|ogv|mkv|3gp)$/i;

/** Which file to draw: a cover before the file itself; null when neither can be drawn. */
export function faceOf(
  file: { id: TransferId; kind: Kind; name: string },
  children: { id: TransferId; kind: Kind; name: string }[] = [],
): Face | null {
  const cover = children.find((child) => child.kind === 'image' && PICTURES.test(child.name));
  if (cover) return { id: cover.id, as: 'image' };
  if (PICTURES.test(file.name)) return { id: file.id, as: 'image' };
  return FILMS.test(file.name) ? { id: file.id, as: 'video' } : null;
}

export class Stills {
  /** In the order of use, the oldest first; null could not be made and is not tried again. */
  #kept = new Map<TransferId, Picture | null>();
  #waiting: Record<Face['as'], Job[]> = { image: [], video: [] };
  #busy = { image: 0, video: 0 };
  #moving: ReturnType<typeof setTimeout> | null = null;

  constructor(
    readonly host: Pick<Host, 'still' | 'poster'>,
    readonly draw: Draw = image,
  ) {}

  /** The picture when it is there already; undefined when it was never made. */
  known(face: Face): Picture | null | undefined {
    const picture = this.#kept.get(face.id);
    if (picture !== undefined) this.#keep(face.id, picture);
    return picture;
  }

  /** Makes the picture when its turn comes, unless nobody looks by then. Never rejects. */
  get(face: Face, wanted: () => boolean): Promise<Picture | null> {
    const known = this.known(face);
    if (known !== undefined) return Promise.resolve(known);
    return new Promise((answer) => {
      this.#waiting[face.as].push({ face, wanted, answer });
      this.#next(face.as);
    });
  }

  /** The list moves: what passes unseen is not made, and the movement has the computer for itself. */
  moved(): void {
    this.#waiting.image = this.#waiting.image.filter(stillWanted);
    this.#waiting.video = this.#waiting.video.filter(stillWanted);
    if (this.#moving !== null) clearTimeout(this.#moving);
    this.#moving = setTimeout(() => {
      this.#moving = null;
      this.#next('image');
      this.#next('video');
    }, REST);
  }

  #next(as: Face['as']): void {
    while (this.#moving === null && this.#busy[as] < AT_ONCE[as]) {
      // The newest first: what came into sight last is what is looked at.
      const job = this.#waiting[as].pop();
      if (!job) return;
      const known = this.known(job.face);
      if (known !== undefined || !job.wanted()) {
        job.answer(known ?? null);
        continue;
      }
      this.#busy[as] += 1;
      void this.#make(job.face).then((picture) => {
        this.#busy[as] -= 1;
        this.#keep(job.face.id, picture);
        job.answer(picture);
        this.#next(as);
      });
    }
  }

  async #make(face: Face): Promise<Picture | null> {
    try {
      const url = await (face.as === 'image' ? this.host.still(face.id) : this.host.poster(face.id));
      return url === null ? null : await this.draw(url);
    } catch {
      return null; // Not drawable here: the sign of its kind stays.
    }
  }

  #keep(id: TransferId, picture: Picture | null): void {
    this.#kept.delete(id);
    this.#kept.set(id, picture);
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= KEPT) return;
      this.#kept.delete(oldest);
    }
  }
}

/** Who no longer looks is answered at once. */
function stillWanted(job: Job): boolean {
  const wanted = job.wanted();
  if (!wanted) job.answer(null);
  return wanted;
}
