// The shortcuts that are one character: which they are, and how another takes its place. Pure.
import type { Keys } from '../host/bindings';
import type { Key } from '../i18n/i18n.svelte';

export type Single = keyof Keys;

export const SINGLES: { single: Single; label: Key }[] = [
  { single: 'search', label: 'search.ph' },
  { single: 'select', label: 'keys.toggle' },
  { single: 'pause', label: 'keys.pause' },
  { single: 'help', label: 'keys.title' },
];

/** A character as its cap prints it. */
export function cap(character: string): string {
  return character === ' ' ? 'Space' : character.toLocaleUpperCase();
}

/** Which of them a key is; letters count whatever Shift and Caps Lock say. */
export function singleOf(keys: Keys | null, key: string): Single | null {
  if (!keys) return null;
  const typed = key.toLowerCase();
  return SINGLES.find(({ single }) => keys[single].toLowerCase() === typed)?.single ?? null;
}

/** The character a key press stands for when it can be a shortcut, else null. */
export function character(event: KeyboardEvent): string | null {
  if (event.ctrlKey || event.altKey || event.metaKey) return null;
  return [...event.key].length === 1 ? event.key.toLowerCase() : null;
}

/** The keys with another character for one; whichever had it takes the old one. */
export function rebound(keys: Keys, single: Single, character: string): Keys {
  const had = singleOf(keys, character);
  return { ...keys, ...(had ? { [had]: keys[single] } : {}), [single]: character };
}
