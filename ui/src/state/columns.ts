// The columns of a row for a width of the list. Pure; the one place where these widths stand.

export interface Columns {
  /** Stacked is what an enlarged page leaves room for: the state stands below the title. */
  mode: 'stacked' | 'narrow' | 'medium' | 'wide';
  /** Width of the state cell, and of its bar. */
  state: number;
  /** Width of the title column. */
  title: number;
  /** How many columns there are. */
  count: number;
  /** As a grid template. */
  template: string;
}

const GAP = 14;
const SMALL_THUMB = 48;
const THUMB = 64;
const ACTION = 28;
const PADDING = 12 + 10;
const SIDES = 16;
const WIDEST = 1680;

/** Columns for the list's own width, not the window's. */
export function columnsFor(list: number): Columns {
  const room = Math.min(WIDEST, list - SIDES) - PADDING;
  if (list < 560) {
    const title = Math.max(80, room - SMALL_THUMB - ACTION - 2 * GAP);
    const template = `${SMALL_THUMB}px minmax(0, 1fr) ${ACTION}px`;
    return { mode: 'stacked', state: title, title, count: 4, template };
  }
  if (list < 900) return columns('narrow', room, [228]);
  if (list < 1400) return columns('medium', room, [288, 62, 74]);
  return columns('wide', room, [420, 62, 74, 96]);
}

function columns(mode: Columns['mode'], room: number, middle: number[]): Columns {
  const fixed = [THUMB, ...middle, ACTION];
  const title = Math.max(80, room - fixed.reduce((sum, w) => sum + w, 0) - GAP * fixed.length);
  const template = `${THUMB}px minmax(0, 1fr) ${[...middle, ACTION].map((w) => `${w}px`).join(' ')}`;
  return { mode, state: middle[0] ?? 0, title, count: fixed.length + 1, template };
}
