// Many transfers edited together. A field is written only after it was touched; applying is one step to undo.
import type { About, Choice, TransferId } from '../host/bindings';
import { t } from '../i18n/i18n.svelte';
import type { App } from './app.svelte';
import {
  backOf,
  batches,
  patchOf,
  shared,
  TAGS,
  tagCounts,
  withTags,
  type Batch,
  type Plain,
  type Shared,
  type Subject,
  type TagChanges,
} from './bulk-fields';
import { faultyLine } from './bulk-json';
import { bytes, fill, TITLE_BYTES } from './bulk-title';

export const UNTOUCHED = '{title}';
export type Field = 'title' | 'tags' | 'category' | 'cover' | 'processing' | 'storage' | 'description' | 'user';

const FIELDS: Record<Exclude<Field, 'title' | 'tags'>, Plain[]> = {
  category: ['category'],
  cover: ['coverUrl'],
  processing: ['templateGroup', 'workflow'],
  storage: ['storage'],
  description: ['description'],
  user: ['userData'],
};

export class Bulk {
  subjects = $state.raw<Subject[]>([]);
  pattern = $state(UNTOUCHED);
  tags = $state.raw<TagChanges>({ added: [], removed: [] });
  plain = $state.raw<Partial<Pick<About, Plain>>>({});
  categories = $state.raw<Choice[]>([]);
  templates = $state.raw<Choice[]>([]);
  storages = $state.raw<string[]>([]);
  /** Storage and processing of one of them can no longer change. */
  locked = $state(false);
  applying = $state(false);
  #app: App;
  #asked = 0;
  #today: () => Date;

  constructor(app: App, today: () => Date = () => new Date()) {
    this.#app = app;
    this.#today = today;
  }

  /** What each title becomes, in the order of the queue. */
  titles = $derived(
    this.subjects.map((subject, i) =>
      fill(this.pattern, { ...subject, title: subject.about.title }, i + 1, this.#today()),
    ),
  );
  tagCounts = $derived(tagCounts(this.subjects.map(({ about }) => withTags(about.tags, this.tags))));
  touched = $derived.by((): ReadonlySet<Field> => {
    const fields = Object.entries(FIELDS) as [Field, Plain[]][];
    const set = new Set(fields.filter(([, keys]) => keys.some((key) => key in this.plain)).map(([field]) => field));
    if (this.pattern !== UNTOUCHED) set.add('title');
    if (this.tags.added.length + this.tags.removed.length > 0) set.add('tags');
    return set;
  });

  /** Why it cannot be applied; empty when it can. */
  faults = $derived.by((): Partial<Record<Field, string>> => {
    const faults: Partial<Record<Field, string>> = {};
    const blank = this.titles.filter((title) => title === '').length;
    const long = this.titles.filter((title) => bytes(title) > TITLE_BYTES).length;
    if (blank > 0) faults.title = t('bulk.blank', { n: blank });
    else if (long > 0) faults.title = t('bulk.long', { n: long });
    const line = faultyLine(this.plain.userData ?? '');
    if (line !== null) faults.user = t('f.json', { n: line });
    if (this.subjects.some(({ about }) => withTags(about.tags, this.tags).length > TAGS)) faults.tags = t('f.tags.max');
    return faults;
  });

  /** Looks at these transfers; what was touched stays. */
  async follow(ids: TransferId[]): Promise<void> {
    const asked = (this.#asked += 1);
    // Those that left the list between the question and the answer are left out.
    const described = await this.#app.host.described(ids);
    if (asked !== this.#asked) return;
    this.subjects = described.map(({ id, name, folder, about }) => ({ id, name, folder, about }));
    this.locked = described.some(({ locked }) => locked);
  }

  async load(): Promise<void> {
    const none = () => [];
    const { host } = this.#app;
    [this.categories, this.templates, this.storages] = await Promise.all([
      host.categories().catch(none),
      host.templateGroups().catch(none),
      host.storages().catch(none),
    ]);
  }

  /** What a field is for all: as typed, or as they have it. */
  value<K extends Plain>(key: K): Shared<About[K]> {
    if (key in this.plain) return { value: this.plain[key] as About[K], count: 1 };
    return shared(this.subjects.map(({ about }) => about[key]));
  }

  set(change: Partial<Pick<About, Plain>>): void {
    this.plain = { ...this.plain, ...change };
  }

  addTag(tag: string): void {
    const { added, removed } = this.tags;
    this.tags = { added: [...added.filter((one) => one !== tag), tag], removed: removed.filter((one) => one !== tag) };
  }

  removeTag(tag: string): void {
    const { added, removed } = this.tags;
    const had = this.subjects.some(({ about }) => about.tags.includes(tag));
    const gone = removed.filter((one) => one !== tag);
    this.tags = { added: added.filter((one) => one !== tag), removed: had ? [...gone, tag] : gone };
  }

  /** Takes back what was done to one field. */
  back(field: Field): void {
    if (field === 'title') this.pattern = UNTOUCHED;
    else if (field === 'tags') this.tags = { added: [], removed: [] };
    else {
      const keys: string[] = FIELDS[field];
      this.plain = Object.fromEntries(Object.entries(this.plain).filter(([key]) => !keys.includes(key)));
    }
  }

  revert(): void {
    this.pattern = UNTOUCHED;
    this.tags = { added: [], removed: [] };
    this.plain = {};
  }

  /** Writes what was touched. */
  async apply(): Promise<void> {
    if (this.applying || this.touched.size === 0 || Object.keys(this.faults).length > 0) return;
    this.applying = true;
    const { subjects } = this;
    const today = this.#today();
    const title = this.touched.has('title') ? this.pattern : undefined;
    const tags = this.touched.has('tags') ? this.tags : undefined;
    const made = subjects.map((subject, i) => {
      const patch = patchOf(subject, i + 1, { title, tags, plain: this.plain }, today);
      return { id: subject.id, patch, back: backOf(subject, patch) };
    });
    const forth = batches(made);
    const undone = batches(made.map(({ id, back }) => ({ id, patch: back })));
    try {
      await this.#write(forth);
      const step = { undo: () => this.#write(undone), redo: () => this.#write(forth) };
      this.#app.undo.tell(t('toast.edited', { n: subjects.length }), 'pencil', step);
      this.revert();
    } catch (error) {
      this.#app.refused(error);
    } finally {
      this.applying = false;
    }
  }

  async #write(patches: Batch[]): Promise<void> {
    try {
      for (const { ids, patch } of patches) await this.#app.host.edit(ids, patch);
    } finally {
      await this.follow(this.subjects.map(({ id }) => id));
    }
  }
}
