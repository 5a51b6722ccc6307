// Many details as one form: what they share, what differs, and what each becomes. Pure; knows no host.
import type { About, TransferId } from '../host/bindings';
import { fill } from './bulk-title';

export interface Subject {
  id: TransferId;
  name: string;
  folder: string;
  about: About;
}

/** Fields that are one value for all. */
export type Plain = 'description' | 'category' | 'templateGroup' | 'workflow' | 'storage' | 'userData' | 'coverUrl';

export interface Changes {
  /** A pattern, see `bulk-title`. */
  title?: string;
  tags?: TagChanges;
  plain: Partial<Pick<About, Plain>>;
}

export interface TagChanges {
  added: string[];
  removed: string[];
}

export interface Batch {
  ids: TransferId[];
  patch: Partial<About>;
}

/** VOD: at most 16 tags of 32 characters, none with a comma. */
export const TAGS = 16;
export const TAG_LENGTH = 32;

export interface Shared<T> {
  /** The value of all, when it is one. */
  value: T | undefined;
  /** How many different ones there are. */
  count: number;
}

export function shared<T>(values: T[]): Shared<T> {
  const count = new Set(values.map((value) => JSON.stringify(value ?? null))).size;
  return { value: count === 1 ? values[0] : undefined, count };
}

export interface TagCount {
  tag: string;
  n: number;
}

/** Every tag with how many have it, those of all first, then as they were met. */
export function tagCounts(lists: string[][]): TagCount[] {
  const counts = new Map<string, number>();
  for (const list of lists) for (const tag of new Set(list)) counts.set(tag, (counts.get(tag) ?? 0) + 1);
  const all = [...counts].map(([tag, n]) => ({ tag, n }));
  return [...all.filter(({ n }) => n === lists.length), ...all.filter(({ n }) => n < lists.length)];
}

export function withTags(list: string[], { added, removed }: TagChanges): string[] {
  const kept = list.filter((tag) => !removed.includes(tag));
  return [...kept, ...added.filter((tag) => !kept.includes(tag))];
}

/** What a tag typed by hand becomes; null when VOD would not take it. */
export function asTag(text: string): string | null {
  const tag = text.trim();
  return tag && [...tag].length <= TAG_LENGTH && !/[,，]/.test(tag) ? tag : null;
}

/** What a subject becomes; only what differs from what it is. */
export function patchOf(subject: Subject, n: number, changes: Changes, today: Date): Partial<About> {
  const { about } = subject;
  const wanted: Partial<About> = { ...changes.plain };
  if (changes.title !== undefined) wanted.title = fill(changes.title, { ...subject, title: about.title }, n, today);
  if (changes.tags) wanted.tags = withTags(about.tags, changes.tags);
  return differing(wanted, about);
}

/** The same fields with the values they have now. */
export function backOf(subject: Subject, patch: Partial<About>): Partial<About> {
  return Object.fromEntries(Object.keys(patch).map((key) => [key, subject.about[key as keyof About]]));
}

/** Those that get the same patch are written together; those that do not change are left out. */
export function batches(patches: { id: TransferId; patch: Partial<About> }[]): Batch[] {
  const byPatch = new Map<string, Batch>();
  for (const { id, patch } of patches) {
    if (Object.keys(patch).length === 0) continue;
    const key = JSON.stringify(patch);
    const batch = byPatch.get(key);
    if (batch) batch.ids.push(id);
    else byPatch.set(key, { ids: [id], patch });
  }
  return [...byPatch.values()];
}

function differing(wanted: Partial<About>, about: About): Partial<About> {
  const entries = Object.entries(wanted).filter(
    ([key, value]) => JSON.stringify(value ?? null) !== JSON.stringify(about[key as keyof About] ?? null),
  );
  return Object.fromEntries(entries);
}
