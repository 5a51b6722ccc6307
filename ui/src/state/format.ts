// Figures as people read them: sizes, rates, times. Pure; the language is that of the interface.
import { t, words, type Key } from '../i18n/i18n.svelte';

const SIZES = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];
const LONG = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'];
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// Making a formatter costs more than using it a thousand times; one is kept for each language and style.
const numbers = new Map<string, Intl.NumberFormat>();
function inUnit(unit: string): Intl.NumberFormat {
  const key = `${words.language} ${unit}`;
  const known = numbers.get(key);
  if (known) return known;
  const made = new Intl.NumberFormat(words.language, { style: 'unit', unit, unitDisplay: 'long' });
  numbers.set(key, made);
  return made;
}
const ordinals = new Map<string, Intl.PluralRules>();
function ordinal(n: number): Intl.LDMLPluralRule {
  const known = ordinals.get(words.language) ?? new Intl.PluralRules(words.language, { type: 'ordinal' });
  ordinals.set(words.language, known);
  return known.select(n);
}

function scale(bytes: number): { figure: number; step: number } {
  let step = 0;
  let figure = bytes;
  // 999.5 would be printed as 1000: it belongs to the next unit.
  while (figure >= 999.5 && step < SIZES.length - 1) {
    figure /= 1000;
    step += 1;
  }
  return { figure, step };
}

function digits(figure: number, step: number): string {
  if (step === 0) return String(Math.round(figure));
  return figure.toFixed(figure < 9.995 ? 2 : figure < 99.95 ? 1 : 0);
}

/** Decimal units, three significant digits. */
export function size(bytes: number): string {
  const { figure, step } = scale(bytes);
  return `${digits(figure, step)} ${SIZES[step]}`;
}

/** A part of a power of two: whole units, `16 MB`. */
export function partSize(bytes: number): string {
  const mib = bytes / 1048576;
  return mib >= 1 && Number.isInteger(mib) ? `${mib} MB` : size(bytes);
}

/** The first figure without its unit when both share it: `18.4` and `52.1 GB`. */
export function sizePair(part: number, whole: number): { sent: string; total: string } {
  const a = scale(part);
  const b = scale(whole);
  return { sent: a.step === b.step ? digits(a.figure, a.step) : size(part), total: size(whole) };
}

/** A size spelled out for a screen reader. */
export function sizeSpoken(bytes: number): string {
  const { figure, step } = scale(bytes);
  return inUnit(LONG[step] ?? 'byte').format(Number(digits(figure, step)));
}

/** Every byte, for the tooltip. */
export function exact(bytes: number): string {
  return inUnit('byte').format(bytes);
}

export function rate(bytesPerSecond: number): string {
  return `${size(bytesPerSecond)}/s`;
}

/** Floor, so that 100 % means complete. */
export function percent(done: number, whole: number): number {
  return whole > 0 ? Math.min(100, Math.floor((done / whole) * 100)) : 0;
}

/** Time left: seconds, then whole minutes, then hours and minutes. */
export function left(ms: number): string {
  const seconds = Math.round(ms / SECOND);
  if (seconds < 60) return t('u.s', { n: Math.max(1, seconds) });
  const minutes = Math.round(ms / MINUTE);
  if (minutes < 60) return t('u.min', { n: minutes });
  if (ms > 2 * DAY) return t('u.days');
  const h = Math.floor(minutes / 60);
  const m = minutes % 60;
  return m ? t('u.hMin', { h, m }) : t('u.h', { h });
}

/** Time left with seconds, for the inspector. */
export function leftExact(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / SECOND));
  if (seconds < 60) return t('u.s', { n: seconds });
  if (seconds < 3600) return t('u.minS', { m: Math.floor(seconds / 60), s: seconds % 60 });
  return left(ms);
}

/** How long something holds: `41:12`, over two days in words. */
export function holds(ms: number): string {
  return ms > 2 * DAY ? left(ms) : clock(ms);
}

/** When something ends: to the second within two days, else the day. */
export function ends(inMs: number, now: number = Date.now()): string {
  if (inMs > 2 * DAY) return day(now + inMs);
  return inMs > DAY || new Date(now).toDateString() !== new Date(now + inMs).toDateString()
    ? moment(now + inMs, now)
    : second(now + inMs);
}

/** `41:12`, `1:04:09`. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / SECOND));
  const two = (n: number) => String(n).padStart(2, '0');
  const h = Math.floor(seconds / 3600);
  const rest = `${two(Math.floor((seconds % 3600) / 60))}:${two(seconds % 60)}`;
  return h ? `${h}:${rest}` : rest;
}

/** Today: the time. Other days: the date too. */
export function moment(ms: number, now: number = Date.now()): string {
  const sameDay = new Date(ms).toDateString() === new Date(now).toDateString();
  const style: Intl.DateTimeFormatOptions = sameDay
    ? { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
    : { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(words.language, style).format(ms);
}

/** A day with its year. */
export function day(ms: number): string {
  return new Intl.DateTimeFormat(words.language, { day: 'numeric', month: 'short', year: 'numeric' }).format(ms);
}

/** `14:06`, whatever the day. */
export function hourMinute(ms: number): string {
  const style: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(words.language, style).format(ms);
}

/** `14:06:31`. */
export function second(ms: number): string {
  const style: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' };
  return new Intl.DateTimeFormat(words.language, style).format(ms);
}

/** `2nd` in English, the number itself in Chinese. */
export function nth(n: number): string {
  const rule = ordinal(n);
  const key: Key = rule === 'one' || rule === 'two' || rule === 'few' ? `ord.${rule}` : 'ord.other';
  return t(key, { n });
}

/** A list as one phrase, without "and" where the pictures have none. */
export function list(items: string[]): string {
  return items.join(words.language === 'zh-CN' ? '、' : ', ');
}

/** The name of a written language, in the language of the interface: `English`, `英文`. */
export function languageName(tag: string): string {
  // Two languages in one file: `zh-Hans+en`.
  if (tag.includes('+')) return tag.split('+').map(languageName).join(' + ');
  const base = tag.split(/[-_]/)[0] ?? tag;
  try {
    const name = new Intl.DisplayNames([words.language], { type: 'language' }).of(base) ?? tag;
    // Chinese tells what is spoken, 英语, from what is written, 英文.
    return words.language === 'zh-CN' ? name.replace(/语$/, '文') : name;
  } catch {
    return tag; // The tag came out of a file name and need not be one.
  }
}

/** Minutes since midnight as `09` or `09:30`. */
export function hour(minutes: number): string {
  const two = (n: number) => String(n).padStart(2, '0');
  const rest = minutes % 60;
  return rest ? `${two(Math.floor(minutes / 60))}:${two(rest)}` : two(Math.floor(minutes / 60));
}
