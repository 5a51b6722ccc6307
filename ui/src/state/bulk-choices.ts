// What the lists of the bulk form offer: what VOD has, and what the selected ones already use. Pure.
import type { About } from '../host/bindings';
import { t } from '../i18n/i18n.svelte';
import { shared, type Shared } from './bulk-fields';
import type { Bulk } from './bulk.svelte';

interface Option {
  value: string;
  label: string;
}

export function categoryChoices(bulk: Bulk): Option[] {
  return [{ value: '', label: t('f.cate.none') }, ...bulk.categories];
}

export function storageChoices(bulk: Bulk, city: string): Option[] {
  const used = new Set([...bulk.storages, ...bulk.subjects.flatMap(({ about }) => about.storage ?? [])]);
  return [{ value: '', label: t('f.storage.none', { city }) }, ...[...used].map((value) => ({ value, label: value }))];
}

export function processChoices(bulk: Bulk): Option[] {
  const flows = new Set(bulk.subjects.flatMap(({ about }) => about.workflow ?? []));
  const known = new Set(bulk.templates.map(({ value }) => value));
  const own = new Set(bulk.subjects.flatMap(({ about }) => about.templateGroup ?? []).filter((id) => !known.has(id)));
  const template = ({ value, label }: Option) => ({ value: `tpl:${value}`, label: t('f.proc.tpl', { name: label }) });
  return [
    { value: '', label: t('f.proc.none') },
    ...bulk.templates.map(template),
    ...[...own].map((id) => template({ value: id, label: id })),
    ...[...flows].map((id) => ({ value: `flow:${id}`, label: t('f.proc.flow', { name: id }) })),
  ];
}

function processing({ workflow, templateGroup }: Pick<About, 'workflow' | 'templateGroup'>): string {
  // VOD: WorkflowId wins over TemplateGroupId.
  return workflow ? `flow:${workflow}` : templateGroup ? `tpl:${templateGroup}` : '';
}

/** Template group and workflow as the one choice they are. */
export function processOf(bulk: Bulk): Shared<string> {
  const { templateGroup, workflow } = bulk.plain;
  if (templateGroup !== undefined && workflow !== undefined) {
    return { value: processing({ templateGroup, workflow }), count: 1 };
  }
  return shared(bulk.subjects.map(({ about }) => processing(about)));
}

export function processPatch(value: string): Pick<About, 'workflow' | 'templateGroup'> {
  const name = value.slice(value.indexOf(':') + 1);
  return {
    templateGroup: value.startsWith('tpl:') ? name : null,
    workflow: value.startsWith('flow:') ? name : null,
  };
}
