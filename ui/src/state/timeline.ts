// Lines of a timeline as sentences. A word the catalogue does not know is shown as it is.
import type { Line } from '../host/bindings';
import { t, words } from '../i18n/i18n.svelte';

/** What a line says. */
export function sentence(line: Line): string {
  const key = `log.${line.what}`;
  return words.has(key) ? t(key, line.facts) : [line.what, ...Object.values(line.facts)].join(' ');
}

/** Does a line say that something went wrong? */
export function bad(line: Line): boolean {
  return line.what === 'failed' || line.what === 'stuck';
}
