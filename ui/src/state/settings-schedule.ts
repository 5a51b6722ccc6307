// The weekly speed limit as bars and edges: groups of periods, moves in quarter hours, and what holds now. Pure.
import type { Period } from '../host/bindings';

export const STEP = 15;
export const DAY = 24 * 60;
const WEEK = 7 * DAY;

export interface Range {
  from: number;
  /** Up to 1440; before `from`: ends on the next day. */
  to: number;
}
/** Ranges that hold on the same days. */
export interface Group {
  days: number[];
  ranges: Range[];
}
export type Edge = 'from' | 'to';

export const WORKDAYS: Period = { days: [0, 1, 2, 3, 4], fromMin: 9 * 60, toMin: 18 * 60 };

/** Periods by the days they hold on, in the order of the day. */
export function groups(periods: Period[]): Group[] {
  const byDays = new Map<string, Group>();
  for (const period of periods) {
    const days = [...new Set(period.days)].sort((a, b) => a - b);
    const key = days.join();
    const group = byDays.get(key) ?? { days, ranges: [] };
    group.ranges.push({ from: period.fromMin, to: period.toMin === 0 ? DAY : period.toMin });
    byDays.set(key, group);
  }
  for (const group of byDays.values()) group.ranges.sort((a, b) => a.from - b.from);
  return [...byDays.values()];
}

export function periods(groups: Group[]): Period[] {
  return groups.flatMap(({ days, ranges }) => ranges.map(({ from, to }) => ({ days, fromMin: from, toMin: to })));
}

export function snap(minute: number): number {
  return Math.round(minute / STEP) * STEP;
}

export function overnight(range: Range): boolean {
  return range.to < range.from;
}

/** How far an edge may go without touching its neighbours; a range keeps a quarter of an hour. */
export function reach(ranges: Range[], index: number, edge: Edge): { min: number; max: number } {
  const range = ranges[index];
  if (!range) return { min: 0, max: DAY };
  const before = ranges[index - 1];
  const after = ranges[index + 1];
  const last = ranges.at(-1);
  const morning = last && overnight(last) && last !== range ? last.to : 0;
  if (edge === 'from') {
    const floor = before ? before.to : morning;
    return overnight(range)
      ? { min: Math.max(floor, range.to + STEP), max: DAY - STEP }
      : { min: floor, max: range.to - STEP };
  }
  if (!overnight(range)) return { min: range.from + STEP, max: after ? after.from : DAY };
  const first = ranges[0];
  return {
    min: STEP,
    max: (first === range ? range.from : (first?.from ?? range.from)) - (first === range ? STEP : 0),
  };
}

/** The ranges with one edge moved, as far as it may go. */
export function move(ranges: Range[], index: number, edge: Edge, minute: number): Range[] {
  const { min, max } = reach(ranges, index, edge);
  const at = Math.min(max, Math.max(min, snap(minute)));
  return ranges.map((range, i) => (i === index ? { ...range, [edge]: at } : range));
}

export interface Segment {
  from: number;
  to: number;
  /** Which range; null is free. */
  range: number | null;
}

/** The day from midnight to midnight in pieces, free ones between. */
export function segments(ranges: Range[]): Segment[] {
  const taken = ranges
    .flatMap((range, i): Segment[] =>
      overnight(range)
        ? [
            { from: 0, to: range.to, range: i },
            { from: range.from, to: DAY, range: i },
          ]
        : [{ from: range.from, to: range.to, range: i }],
    )
    .sort((a, b) => a.from - b.from);
  const result: Segment[] = [];
  let at = 0;
  for (const piece of taken) {
    if (piece.from > at) result.push({ from: at, to: piece.from, range: null });
    result.push(piece);
    at = Math.max(at, piece.to);
  }
  if (at < DAY) result.push({ from: at, to: DAY, range: null });
  return result;
}

/** The ranges with one more in the longest free piece; the same ones when the day is full. */
export function withOneMore(ranges: Range[]): Range[] {
  const free = segments(ranges).filter((piece) => piece.range === null && piece.to - piece.from >= STEP);
  const longest = free.reduce<Segment | null>((a, b) => (a && a.to - a.from >= b.to - b.from ? a : b), null);
  if (!longest) return ranges;
  const third = snap((longest.to - longest.from) / 3);
  const from = third < STEP ? longest.from : longest.from + third;
  const to = third < STEP ? longest.to : longest.to - third;
  return [...ranges, { from, to }].sort((a, b) => a.from - b.from);
}

/** The ranges with one edge set to any minute, also over midnight; null when two would overlap. */
export function retime(ranges: Range[], index: number, edge: Edge, minute: number): Range[] | null {
  const next = ranges.map((range, i) => (i === index ? { ...range, [edge]: minute } : range));
  const changed = next[index];
  if (!changed || changed.from === changed.to || changed.from === DAY) return null;
  const sorted = [...next].sort((a, b) => a.from - b.from);
  const last = sorted.at(-1);
  const clear = sorted.every((range, i) => {
    const after = sorted[i + 1];
    return after === undefined || (!overnight(range) && range.to <= after.from);
  });
  const morning = last && overnight(last) && sorted.length > 1 ? last.to <= (sorted[0]?.from ?? 0) : true;
  return clear && morning ? sorted : null;
}

/** `09:00` and `9:00` as minutes; `24:00` is the end of the day; null is no time. */
export function parseTime(text: string): number | null {
  const match = /^\s*(\d{1,2})[:：.](\d{2})\s*$/.exec(text);
  if (!match) return null;
  const minute = Number(match[1]) * 60 + Number(match[2]);
  return Number(match[2]) < 60 && minute <= DAY ? minute : null;
}

export function time(minute: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  return `${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** Minutes since Monday, local time. */
export function minuteOfWeek(now: Date): number {
  return ((now.getDay() + 6) % 7) * DAY + now.getHours() * 60 + now.getMinutes();
}

export interface Outlook {
  limited: boolean;
  /** No period begins or ends any more today. */
  quiet: boolean;
  /** The next change: 0 is Monday. */
  next: { day: number; minute: number; today: boolean };
}

/** What holds at a minute of the week and when that changes; null when nothing ever changes. */
export function outlook(periods: Period[], now: number): Outlook | null {
  const limited = (minute: number) => {
    const at = ((minute % WEEK) + WEEK) % WEEK;
    return periods.some((period) => holds(period, Math.floor(at / DAY), at % DAY));
  };
  const here = limited(now);
  const changes = periods
    .flatMap((period) => period.days.flatMap((day) => [day * DAY + period.fromMin, day * DAY + endOf(period)]))
    .map((minute) => (((minute - now) % WEEK) + WEEK) % WEEK)
    .filter((distance) => distance > 0)
    .sort((a, b) => a - b);
  const distance = changes.find((change) => limited(now + change) !== here);
  if (distance === undefined) return null;
  const at = (now + distance) % WEEK;
  const today = Math.floor(at / DAY) === Math.floor(now / DAY) && distance < DAY;
  return { limited: here, quiet: !today, next: { day: Math.floor(at / DAY), minute: at % DAY, today } };
}

function endOf(period: Period): number {
  return period.toMin < period.fromMin ? period.toMin + DAY : period.toMin;
}

function holds(period: Period, day: number, minute: number): boolean {
  const end = endOf(period);
  const yesterday = (day + 6) % 7;
  return (
    (period.days.includes(day) && minute >= period.fromMin && minute < end) ||
    (period.days.includes(yesterday) && minute + DAY >= period.fromMin && minute + DAY < end)
  );
}
