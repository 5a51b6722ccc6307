// The map of parts as cells of a bar or a grid. Pure: from the engine's map to what is painted.

/** `2` stored, `1` on its way or partly stored, `0` not yet. */
export type Cells = string;

export const CELL = 5;
export const GAP = 1;

/** How many cells fit a bar. */
export function fitting(width: number): number {
  return Math.max(1, Math.floor((width + GAP) / (CELL + GAP)));
}

/** Folds the engine's map into at most `count` cells; each stands for an equal run. */
export function fold(map: Cells, count: number): Cells {
  if (map.length <= count) return map;
  let cells = '';
  for (let i = 0; i < count; i += 1) {
    const from = Math.floor((i * map.length) / count);
    const to = Math.max(from + 1, Math.floor(((i + 1) * map.length) / count));
    const run = map.slice(from, to);
    cells += /^2+$/.test(run) ? '2' : /[12]/.test(run) ? '1' : '0';
  }
  return cells;
}

/** Left edge and width of each cell, snapped to device pixels. */
export function edges(count: number, width: number, density: number): { x: number; w: number }[] {
  const snap = (n: number) => Math.round(n * density) / density;
  // Cells keep their 6 px step while there are enough of them; fewer parts than cells widen.
  const step = count >= fitting(width) ? CELL + GAP : (width + GAP) / count;
  return Array.from({ length: count }, (_, i) => {
    const x = snap(i * step);
    return { x, w: Math.max(1 / density, snap((i + 1) * step) - GAP - x) };
  });
}
