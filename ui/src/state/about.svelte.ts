// Title and the rest of one transfer while somebody edits them: written on blur, undone as a step.
import type { About, Choice, Details } from '../host/bindings';
import { t } from '../i18n/i18n.svelte';
import type { App } from './app.svelte';
import { faultyLine } from './bulk-json';

const TICK = 1500;
// VOD: Title at most 128 bytes, Description 1024 bytes, Tags 16 of 32 characters.
export const TITLE = 128;
export const DESCRIPTION = 1024;
export const TAGS = 16;
export const TAG = 32;

const bytes = (text: string) => new TextEncoder().encode(text).length;

/** A counter from 90 % of a limit on. */
export function counter(text: string, max: number): string {
  const n = bytes(text);
  return n >= max * 0.9 ? t('f.max', { n, max }) : '';
}

export class AboutEdit {
  about: About = $state.raw() as About;
  saved = $state<keyof About | null>(null);
  saving = $state<keyof About | null>(null);
  categories = $state.raw<Choice[]>([]);
  templates = $state.raw<Choice[]>([]);
  storages = $state.raw<string[]>([]);
  #app: App;
  #id: string;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(app: App, details: Details) {
    this.#app = app;
    this.#id = details.row.id;
    this.about = details.about;
  }

  /** Lists VOD offers; without them the field keeps what it has. */
  async load(): Promise<void> {
    const none = () => [];
    const { host } = this.#app;
    [this.categories, this.templates, this.storages] = await Promise.all([
      host.categories().catch(none),
      host.templateGroups().catch(none),
      host.storages().catch(none),
    ]);
  }

  /** Why a value is not accepted; null when it is. */
  fault(field: 'title' | 'description' | 'userData', text: string): string | null {
    if (field === 'title' && !text.trim()) return t('f.empty');
    if (field === 'title' && bytes(text) > TITLE) return t('f.max', { n: bytes(text), max: TITLE });
    if (field === 'description' && bytes(text) > DESCRIPTION) return t('f.max', { n: bytes(text), max: DESCRIPTION });
    const line = field === 'userData' ? faultyLine(text) : null;
    return line === null ? null : t('f.json', { n: line });
  }

  async save(patch: Partial<About>): Promise<void> {
    const fields = Object.keys(patch) as (keyof About)[];
    const before = Object.fromEntries(fields.map((field) => [field, this.about[field]])) as Partial<About>;
    if (fields.every((field) => JSON.stringify(before[field]) === JSON.stringify(patch[field]))) return;
    const { host } = this.#app;
    const ids = [this.#id];
    this.saving = fields[0] ?? null;
    const write = (values: Partial<About>) => async () => {
      await host.edit(ids, values);
      this.about = { ...this.about, ...values };
    };
    try {
      await write(patch)();
      this.#app.undo.remember({ undo: write(before), redo: write(patch) });
      this.saved = fields[0] ?? null;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => (this.saved = null), TICK);
    } catch (error) {
      this.#app.refused(error);
    } finally {
      this.saving = null;
    }
  }
}
