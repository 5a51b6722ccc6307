// The history as days: groups of a list, and a bar per day. Pure; knows no host.
import type { HistoryItem } from '../host/bindings';
import { t, words } from '../i18n/i18n.svelte';

export const HEAD = 34;
export const ROW = 44;

interface Placed {
  key: string;
  top: number;
  height: number;
}
export type DayHead = Placed & {
  kind: 'day';
  label: string;
  /** Null while more of that day may follow. */ count: number | null;
};
export type DayRow = Placed & { kind: 'row'; item: HistoryItem; /** From 0, day heads not counted. */ index: number };
export type Entry = DayHead | DayRow;

export interface Days {
  entries: Entry[];
  height: number;
}

/** Lays items out, newest first, with a head above each day. `total` says how many there will be. */
export function layOut(items: HistoryItem[], total: number, now: number): Days {
  const entries: Entry[] = [];
  let top = 0;
  let head: DayHead | null = null;
  let day = '';
  let size = 0;
  const close = (complete: boolean) => {
    if (head) head.count = complete ? size : null;
  };
  items.forEach((item, index) => {
    const of = new Date(item.endedMs).toDateString();
    if (of !== day) {
      close(true);
      day = of;
      size = 0;
      head = { kind: 'day', key: `day:${of}`, label: dayName(item.endedMs, now), count: null, top, height: HEAD };
      entries.push(head);
      top += HEAD;
    }
    size += 1;
    entries.push({ kind: 'row', key: item.id, item, index, top, height: ROW });
    top += ROW;
  });
  close(items.length >= total);
  return { entries, height: top };
}

/** Entries that touch a window of the list, with some more on both sides; `keep` stays even out of sight. */
export function inSight(days: Days, top: number, height: number, keep: string | null, more = 8): Entry[] {
  const { entries } = days;
  const first = Math.max(0, below(entries, top) - more);
  const last = Math.min(entries.length, below(entries, top + height) + more);
  const seen = entries.slice(first, last);
  const kept =
    keep !== null && !seen.some((entry) => entry.key === keep) && entries.find((entry) => entry.key === keep);
  return kept ? [...seen, kept] : seen;
}

/** How many entries end above a line. */
function below(entries: Entry[], line: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = entries[middle];
    if (entry && entry.top + entry.height <= line) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Today, Yesterday, the weekday of this week, or the date. */
export function dayName(ms: number, now: number): string {
  const ago = daysAgo(ms, now);
  if (ago === 0) return t('day.today');
  if (ago === 1) return t('day.yesterday');
  const sameYear = new Date(ms).getFullYear() === new Date(now).getFullYear();
  const style: Intl.DateTimeFormatOptions =
    ago > 1 && ago < 7
      ? { weekday: 'long', day: 'numeric', month: 'short' }
      : { day: 'numeric', month: 'long', ...(sameYear ? {} : { year: 'numeric' }) };
  return new Intl.DateTimeFormat(words.language, style).format(ms);
}

/** Whole days between two moments, as a calendar counts them. */
export function daysAgo(ms: number, now: number): number {
  const midnight = (moment: number) => {
    const day = new Date(moment);
    return Date.UTC(day.getFullYear(), day.getMonth(), day.getDate());
  };
  return Math.round((midnight(now) - midnight(ms)) / 86_400_000);
}

export interface Bar {
  /** 0 to 1 of the highest. */
  share: number;
  bytes: number;
  label: string;
  today: boolean;
}

/** One bar per day, oldest first; the last is today. */
export function bars(days: number[], now: number): Bar[] {
  const most = Math.max(1, ...days);
  const format = new Intl.DateTimeFormat(words.language, { day: 'numeric', month: 'short' });
  return days.map((bytes, i) => {
    const day = new Date(now);
    day.setDate(day.getDate() - (days.length - 1 - i));
    return { share: bytes / most, bytes, label: format.format(day), today: i === days.length - 1 };
  });
}

/** `0:34`, `1:21`, `1:04:09`: how long it took. */
export function took(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000));
  const two = (n: number) => String(n).padStart(2, '0');
  const h = Math.floor(seconds / 3600);
  const m = Math.floor((seconds % 3600) / 60);
  return h ? `${h}:${two(m)}:${two(seconds % 60)}` : `${m}:${two(seconds % 60)}`;
}

/** When the day began that is so many calendar days ago; some days have no 24 hours. */
export function dayStart(now: number, ago: number): number {
  const today = new Date(now);
  return new Date(today.getFullYear(), today.getMonth(), today.getDate() - ago).getTime();
}
