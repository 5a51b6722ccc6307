// How well a query fits a text, and which of many fit best. Pure; knows no command.
import { hasHan, readings } from './palette-pinyin';

const PER_GROUP = 6;

/** Higher is better; null does not fit. */
export function fit(query: string, text: string): number | null {
  const needle = plain(query);
  if (!needle) return 0;
  const hay = plain(text);
  const at = hay.indexOf(needle);
  if (at === 0) return 100;
  if (at > 0) return startsWord(hay, at) ? 90 : 70;
  const byInitials = hasHan(text) ? initials(needle, text) : null;
  return byInitials ?? scattered(needle, hay);
}

/** The best fit of several texts for one thing; later texts count a little less. */
export function best(query: string, texts: string[]): number | null {
  let most: number | null = null;
  texts.forEach((text, i) => {
    const score = fit(query, text);
    if (score !== null && (most === null || score - i > most)) most = score - i;
  });
  return most;
}

export interface Findable {
  texts: string[];
  reason: string | null;
}

/** The six that fit best, best first; among equals those that can be run, then in the order given. */
export function find<T extends Findable>(query: string, things: T[]): T[] {
  return things
    .map((thing, i) => ({ thing, i, score: best(query, thing.texts) }))
    .filter((hit): hit is { thing: T; i: number; score: number } => hit.score !== null)
    .sort((a, b) => b.score - a.score || Number(a.thing.reason !== null) - Number(b.thing.reason !== null) || a.i - b.i)
    .slice(0, PER_GROUP)
    .map((hit) => hit.thing);
}

function plain(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/[’']/g, '').replace(/\s+/g, ' ').trim();
}

function startsWord(text: string, at: number): boolean {
  return at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '');
}

function initials(needle: string, text: string): number | null {
  const wanted = [...needle.replace(/ /g, '')];
  const cells = readings(text);
  for (let from = 0; from + wanted.length <= cells.length; from += 1) {
    if (wanted.every((letter, i) => cells[from + i]?.includes(letter))) return from === 0 ? 80 : 65;
  }
  return null;
}

/** All letters in order: each goes on where the last one stood, or begins a word. `pal` finds "Pause all". */
function scattered(needle: string, hay: string): number | null {
  const wanted = needle.replace(/ /g, '');
  const from = (letter: number, last: number, jumps: number): number | null => {
    if (letter === wanted.length) return jumps;
    let fewest: number | null = null;
    for (let i = last + 1; i < hay.length; i += 1) {
      if (hay[i] !== wanted[letter] || !(i === last + 1 || startsWord(hay, i))) continue;
      const rest = from(letter + 1, i, jumps + Number(i !== last + 1));
      if (rest !== null && (fewest === null || rest < fewest)) fewest = rest;
    }
    return fewest;
  };
  const jumps = from(0, -2, 0);
  return jumps === null ? null : Math.max(10, 50 - jumps * 5);
}
