// The kept pictures of the screens and how a new one is compared. Five bits a channel are kept, which is less than the
// comparison can see and a third of the bytes.
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import pixelmatch from 'pixelmatch';
import sharp from 'sharp';

// How far a colour may be off, of 1: twice what keeping rounds away.
const COLOUR = 0.04;
// How many pixels may be off, of all: letters drawn by another version of the same font library, not a moved control.
const SHARE = 0.0005;
const BITS = 5;
// Near black the eye, and the comparison with it, tells finer steps apart.
const DARK = 48;

const raw = (image) => sharp(image).ensureAlpha().raw().toBuffer({ resolveWithObject: true });

function coarse(data) {
  const step = 255 / ((1 << BITS) - 1);
  return data.map((value) => (value < DARK ? value & ~1 : Math.round(Math.round(value / step) * step)));
}

export class Pictures {
  /** `kept` is the folder under version control, `out` takes what was drawn and what differs. */
  constructor(kept, out) {
    this.kept = kept;
    this.out = out;
  }

  /** Null when the picture is the kept one, else what is wrong with it. With `accept` it becomes the kept one. */
  async judge(name, png, accept) {
    const path = join(this.kept, `${name}.webp`);
    const now = await raw(png);
    const { width, height } = now.info;
    const complaint = existsSync(path) ? await this.#differs(path, name, now) : 'there is no kept picture';
    if (complaint === null) return null;
    await mkdir(this.out, { recursive: true });
    await writeFile(join(this.out, `${name}.png`), png);
    if (!accept) return complaint;
    await mkdir(this.kept, { recursive: true });
    await sharp(coarse(now.data), { raw: { width, height, channels: 4 } })
      .removeAlpha()
      .webp({ lossless: true, effort: 6 })
      .toFile(path);
    return null;
  }

  async #differs(path, name, now) {
    const { width, height } = now.info;
    const was = await raw(path);
    if (was.info.width !== width || was.info.height !== height) return 'the kept picture has another size';
    const marks = Buffer.alloc(width * height * 4);
    const off = pixelmatch(was.data, now.data, marks, width, height, { threshold: COLOUR, includeAA: false });
    const most = Math.round(width * height * SHARE);
    if (off <= most) return null;
    await mkdir(this.out, { recursive: true });
    await sharp(marks, { raw: { width, height, channels: 4 } })
      .png()
      .toFile(join(this.out, `${name}.differs.png`));
    return `${off} pixels differ from the kept picture, ${most} may`;
  }

  /** Kept pictures of screens that are no longer drawn. */
  async stale(names, accept) {
    if (!existsSync(this.kept)) return [];
    const known = new Set(names.map((name) => `${name}.webp`));
    const odd = (await readdir(this.kept)).filter((file) => !known.has(file));
    if (!accept) return odd;
    await Promise.all(odd.map((file) => rm(join(this.kept, file))));
    return [];
  }
}
