import { beforeEach, describe, expect, it, vi } from 'vitest';

import type { About, Described } from '../host/bindings';
import type { App } from './app.svelte';
import { processChoices, processOf, processPatch } from './bulk-choices';
import { Bulk } from './bulk.svelte';
import { Undo } from './undo.svelte';

const blank: About = {
  title: '',
  description: '',
  tags: [],
  category: null,
  templateGroup: null,
  workflow: null,
  storage: null,
  appId: null,
  userData: null,
  coverUrl: null,
  keepTitle: false,
};

function desk() {
  const abouts = new Map<string, About>([
    ['a', { ...blank, title: 'Dune', tags: ['season 2', '4K'], templateGroup: 'hls' }],
    ['b', { ...blank, title: 'Four mornings', tags: ['season 2'], description: 'x' }],
    ['c', { ...blank, title: 'City', tags: ['season 2', '4K'], workflow: 'wf' }],
  ]);
  const described = vi.fn(async (ids: string[]): Promise<Described[]> =>
    ids.flatMap((id) => {
      const about = abouts.get(id);
      return about ? [{ id, name: `${id}.mp4`, about, folder: '/m', locked: id === 'c' }] : [];
    }),
  );
  const edit = vi.fn(async (ids: string[], patch: Partial<About>) => {
    for (const id of ids) abouts.set(id, { ...(abouts.get(id) ?? blank), ...patch });
  });
  const refused = vi.fn();
  const undo = new Undo(refused);
  const bulk = new Bulk({ host: { described, edit }, undo, refused } as unknown as App, () => new Date(2026, 10, 2));
  return { abouts, bulk, described, edit, refused, undo };
}

describe('bulk edit', () => {
  let d: ReturnType<typeof desk>;
  beforeEach(async () => {
    d = desk();
    await d.bulk.follow(['a', 'b', 'c']);
  });

  it('knows what is shared and what is mixed', () => {
    expect(d.bulk.value('description')).toEqual({ value: undefined, count: 2 });
    expect(d.bulk.value('category')).toEqual({ value: null, count: 1 });
    expect(processOf(d.bulk).count).toBe(3);
    expect(d.bulk.tagCounts).toEqual([
      { tag: 'season 2', n: 3 },
      { tag: '4K', n: 2 },
    ]);
    expect(d.bulk.locked).toBe(true);
    expect(d.bulk.touched.size).toBe(0);
  });

  it('writes only what was touched, equal patches together, as one step', async () => {
    d.bulk.pattern = '{title} · {n:02}';
    d.bulk.addTag('4K');
    d.bulk.set({ category: 7 });
    expect([...d.bulk.touched].sort()).toEqual(['category', 'tags', 'title']);
    await d.bulk.apply();
    expect(d.abouts.get('b')).toMatchObject({ title: 'Four mornings · 02', tags: ['season 2', '4K'], category: 7 });
    expect(d.abouts.get('b')?.description).toBe('x');
    expect(d.bulk.touched.size).toBe(0);
    await d.undo.undo();
    expect(d.abouts.get('a')).toMatchObject({ title: 'Dune', tags: ['season 2', '4K'], category: null });
    expect(d.abouts.get('b')?.tags).toEqual(['season 2']);
    await d.undo.redo();
    expect(d.abouts.get('c')?.title).toBe('City · 03');
  });

  it('asks once for all that get the same', async () => {
    d.bulk.set({ description: 'x' });
    await d.bulk.apply();
    expect(d.edit).toHaveBeenCalledExactlyOnceWith(['a', 'c'], { description: 'x' });
  });

  it('takes a field back, and everything', () => {
    d.bulk.set({ templateGroup: 'x', workflow: null, storage: 's' });
    d.bulk.removeTag('4K');
    d.bulk.back('processing');
    expect([...d.bulk.touched].sort()).toEqual(['storage', 'tags']);
    d.bulk.revert();
    expect(d.bulk.touched.size).toBe(0);
  });

  it('forgets a tag that was only added here', () => {
    d.bulk.addTag('new');
    d.bulk.removeTag('new');
    expect(d.bulk.touched.has('tags')).toBe(false);
    d.bulk.removeTag('4K');
    expect(d.bulk.tagCounts).toEqual([{ tag: 'season 2', n: 3 }]);
  });

  it('does not apply what VOD would refuse', async () => {
    d.bulk.pattern = '';
    expect(d.bulk.faults.title).toBeTruthy();
    await d.bulk.apply();
    d.bulk.pattern = 'x'.repeat(129);
    await d.bulk.apply();
    d.bulk.revert();
    d.bulk.set({ userData: '{"a":' });
    expect(d.bulk.faults.user).toBeTruthy();
    await d.bulk.apply();
    d.bulk.revert();
    for (let i = 0; i < 16; i += 1) d.bulk.addTag(`t${i}`);
    expect(d.bulk.faults.tags).toBeTruthy();
    await d.bulk.apply();
    expect(d.edit).not.toHaveBeenCalled();
  });

  it('keeps what was touched when the host refuses', async () => {
    d.edit.mockRejectedValueOnce(new Error('no'));
    d.bulk.set({ category: 7 });
    await d.bulk.apply();
    expect(d.refused).toHaveBeenCalledOnce();
    expect(d.bulk.touched.has('category')).toBe(true);
    expect(d.undo.toasts).toHaveLength(0);
  });

  it('leaves out one that has left the list', async () => {
    d.abouts.delete('a');
    await d.bulk.follow(['a', 'b']);
    expect(d.bulk.subjects.map((subject) => subject.id)).toEqual(['b']);
  });

  it('asks once for all of them', async () => {
    d.described.mockClear();
    const many = Array.from({ length: 500 }, (_, n) => String(n));
    await d.bulk.follow(many);
    expect(d.described.mock.calls).toEqual([[many]]);
  });

  it('offers what is used, and makes one choice of two fields', () => {
    expect(processChoices(d.bulk).map((option) => option.value)).toEqual(['', 'tpl:hls', 'flow:wf']);
    expect(processPatch('flow:wf')).toEqual({ templateGroup: null, workflow: 'wf' });
    expect(processPatch('')).toEqual({ templateGroup: null, workflow: null });
    d.bulk.set(processPatch('tpl:hls'));
    expect(processOf(d.bulk)).toEqual({ value: 'tpl:hls', count: 1 });
  });
});
