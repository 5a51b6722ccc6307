// The speed limit in words. Pure.
import type { Limit } from '../host/bindings';
import { t, words } from '../i18n/i18n.svelte';
import { hour, list, rate } from './format';

// 1 January 2024 was a Monday.
const MONDAY = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;

function days(days: number[]): string {
  const key = [...days].sort().join('');
  if (key === '01234') return t('limit.weekdays');
  if (key === '56') return t('limit.weekend');
  if (key === '0123456') return t('limit.everyday');
  const name = new Intl.DateTimeFormat(words.language, { weekday: 'short', timeZone: 'UTC' });
  return list(days.map((day) => name.format(MONDAY + day * DAY)));
}

/** The rate and when it holds: the first period, for a card. */
export function limitText(limit: Limit): string {
  // A limit is a round figure somebody chose: no digits behind it.
  const speed = rate(limit.rateBytes).replace(/\.0+(?= )/, '');
  const [period] = limit.periods;
  if (!period) return limit.on ? t('limit.always', { rate: speed }) : t('limit.off');
  const times = { from: hour(period.fromMin), to: hour(period.toMin) };
  return t('limit.periods', { rate: speed, days: days(period.days), ...times });
}
