// The speed limit as the page edits it: off, always or on a schedule, and what it says of itself. Pure.
import type { Limit } from '../host/bindings';
import { t, words } from '../i18n/i18n.svelte';
import { rate } from './format';
import { groups, outlook, periods, segments, time, WORKDAYS, type Group } from './settings-schedule';

export type Mode = 'off' | 'always' | 'schedule';
const MB = 1_000_000;

export function modeOf(limit: Limit): Mode {
  if (!limit.on) return 'off';
  return limit.periods.length > 0 ? 'schedule' : 'always';
}

/** Switching off keeps the periods, so that switching on brings them back. */
export function withMode(limit: Limit, mode: Mode): Limit {
  if (mode === 'off') return { ...limit, on: false };
  if (mode === 'always') return { ...limit, on: true, periods: [] };
  return { ...limit, on: true, periods: limit.periods.length > 0 ? limit.periods : [WORKDAYS] };
}

export function withGroup(limit: Limit, index: number, group: Group): Limit {
  return { ...limit, periods: periods(groups(limit.periods).map((old, i) => (i === index ? group : old))) };
}

/** Megabytes a second as typed: up to two decimals; null is no rate. The core takes 1 KB/s and more. */
export function parseRate(text: string): number | null {
  const match = /^\s*(\d+(?:[.,]\d{1,3})?)\s*(?:MB\/s)?\s*$/i.exec(text);
  const bytes = match ? Math.round(Number(match[1]?.replace(',', '.')) * MB) : 0;
  return bytes >= 1000 && bytes <= 100_000 * MB ? bytes : null;
}

export function rateText(bytes: number): string {
  return String(Number((bytes / MB).toFixed(3)));
}

/** The pieces of a bar, each with its words. */
export function pieces(group: Group, limit: Limit) {
  return segments(group.ranges).map(({ from, to, range }) => ({
    key: `${range ?? 'free'}:${from === 0 ? 'start' : range === null ? from : 'main'}`,
    from,
    to,
    filled: range !== null,
    text: range === null ? t('limit.off') : rate(limit.rateBytes).replace(/\.0+(?= )/, ''),
  }));
}

/** The days of the week from Monday, short and long, in the language of the interface. */
export function weekdays(style: 'narrow' | 'long'): string[] {
  const format = new Intl.DateTimeFormat(words.language, { weekday: style, timeZone: 'UTC' });
  // 5 January 2026 is a Monday.
  return Array.from({ length: 7 }, (_, day) => format.format(Date.UTC(2026, 0, 5 + day)));
}

/** What holds now and what comes next, as one sentence. */
export function outlookText(limit: Limit, minute: number): string {
  const view = outlook(limit.periods, minute);
  if (!view) return limit.periods.length > 0 ? t('set.sch.ever') : '';
  const names = weekdays('long');
  const at = time(view.next.minute);
  const next = view.next.today ? at : `${names[view.next.day] ?? ''} ${at}`;
  if (view.limited) return t('set.sch.now', { next });
  const day = names[Math.floor(minute / 1440)] ?? '';
  return view.quiet ? t('set.sch.quiet', { day, next }) : t('set.sch.free', { next });
}
