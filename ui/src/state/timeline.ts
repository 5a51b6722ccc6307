// Lines of a timeline as sentences. Facts come as raw figures and codes; a word the catalogue does not know is shown.
import type { Line } from '../host/bindings';
import { t, words, type Facts, type Key } from '../i18n/i18n.svelte';
import { left, size } from './format';

function cause(code: string): string {
  const key = `fault.${code}.cause`;
  return words.has(key) ? t(key) : code;
}

function readable(facts: Line['facts']): Facts {
  const readable: Facts = { ...facts };
  if (facts.size !== undefined) readable.size = size(Number(facts.size));
  if (facts.done !== undefined) readable.done = size(Number(facts.done));
  if (facts.of !== undefined) readable.of = size(Number(facts.of));
  if (facts.ms !== undefined) readable.time = left(Number(facts.ms));
  if (facts.code !== undefined) readable.cause = cause(facts.code);
  if (facts.parts !== undefined) readable.n = Number(facts.parts);
  return readable;
}

/** What a line says. */
export function sentence(line: Line): string {
  const pasted = line.what === 'reserved' && !line.facts.media;
  const key = pasted ? 'log.reserved.pasted' : `log.${line.what}`;
  if (!words.has(key)) return [line.what, ...Object.values(line.facts)].join(' ');
  return t(key as Key, readable(line.facts));
}

/** Does a line say that something needs the person? */
export function bad(line: Line): boolean {
  return line.what === 'stuck';
}
