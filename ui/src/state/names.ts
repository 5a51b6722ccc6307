// File names cut in the middle. Knows how wide text is, nothing of transfers.

const KEEP = 6;
/** Some screens of rows, and back. */
const CACHED = 2000;
const cache = new Map<string, string>();
let canvas: CanvasRenderingContext2D | null | undefined;

function measurer(font: string): ((text: string) => number) | null {
  canvas ??= document.createElement('canvas').getContext('2d');
  const context = canvas;
  if (!context) return null;
  return (text) => {
    context.font = font;
    return context.measureText(text).width;
  };
}

/** What must stay: the extension, a language tag before it, and six characters before both. */
export function tail(name: string): string {
  const match = /((?:\.[A-Za-z]{2,3}(?:[-_][A-Za-z]{2,4})?)?\.[^.\s]{1,8})$/.exec(name);
  const extension = match?.[1] ?? '';
  return name.slice(Math.max(0, name.length - extension.length - KEEP));
}

/** The longest `head…tail` that `fits`. */
export function cut(name: string, fits: (text: string) => boolean): string {
  if (fits(name)) return name;
  const end = tail(name);
  let low = 1;
  let high = Math.max(1, name.length - end.length);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (fits(`${name.slice(0, middle)}…${end}`)) low = middle;
    else high = middle - 1;
  }
  return `${name.slice(0, low)}…${end}`;
}

/** A name for a width in CSS pixels, measured once per name and width. */
export function cutTo(name: string, width: number, font = '400 12px Inter'): string {
  const key = `${Math.floor(width)}|${font}|${name}`;
  const known = cache.get(key);
  if (known !== undefined) return known;
  const measure = measurer(font);
  const result = measure && width > 0 ? cut(name, (text) => measure(text) <= width) : name;
  if (cache.size > CACHED) cache.clear();
  cache.set(key, result);
  return result;
}

/** How wide a text is in CSS pixels; 0 where nothing can be measured. */
export function widthOf(text: string, font = '400 12px Inter'): number {
  return measurer(font)?.(text) ?? 0;
}

/** Names are measured again once the typeface is there. */
export function forgetWidths(): void {
  cache.clear();
}
