import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { About } from '../host/bindings';
import { asTag, backOf, batches, patchOf, shared, tagCounts, withTags, type Subject } from './bulk-fields';
import { faultyLine } from './bulk-json';
import { fill, fits, pieces } from './bulk-title';

const day = new Date(2026, 10, 2);
const about: About = {
  title: 'Dune crossing',
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
const subject = (id: string, change: Partial<About> = {}): Subject => ({
  id,
  name: `${id}.final.mov`,
  folder: '/media/Season 2',
  about: { ...about, ...change },
});
const named = { title: 'Dune crossing', name: 'dune.part1.mov', folder: 'D:\\media\\Season 2\\' };

describe('title pattern', () => {
  it('fills every token', () => {
    expect(fill('{title} · S2E{n:02}', named, 3, day)).toBe('Dune crossing · S2E03');
    expect(fill('{file}/{folder}/{date}/{n}', named, 12, day)).toBe('dune.part1/Season 2/2026-11-02/12');
  });

  it('keeps braces that name nothing, and never fills twice', () => {
    expect(fill('{nope} {n:2}', named, 1, day)).toBe('{nope} {n:2}');
    expect(fill('{title}', { ...named, title: '{n}' }, 7, day)).toBe('{n}');
  });

  it('counts bytes as VOD does', () => {
    expect(fits('中'.repeat(42))).toBe(true);
    expect(fits('中'.repeat(43))).toBe(false);
    expect(fits('')).toBe(false);
  });

  it('cuts into pieces that make the whole again', () => {
    expect(pieces('{title} · {n:02}!')).toEqual([
      { text: '{title}', token: true },
      { text: ' · ', token: false },
      { text: '{n:02}', token: true },
      { text: '!', token: false },
    ]);
    const parts = fc.array(fc.oneof(fc.string(), fc.constantFrom('{title}', '{n:02}', '{n', '}')));
    fc.assert(
      fc.property(parts, (texts) => {
        const whole = texts.join('');
        return (
          pieces(whole)
            .map((piece) => piece.text)
            .join('') === whole
        );
      }),
    );
  });
});

describe('values of many', () => {
  it('is mixed when they differ', () => {
    expect(shared(['a', 'a'])).toEqual({ value: 'a', count: 1 });
    expect(shared(['a', 'b', 'a'])).toEqual({ value: undefined, count: 2 });
    expect(shared([null, null])).toEqual({ value: null, count: 1 });
  });

  it('counts tags, those of all first', () => {
    expect(tagCounts([['4K', 'season 2'], ['season 2'], ['season 2', '4K', '4K']])).toEqual([
      { tag: 'season 2', n: 3 },
      { tag: '4K', n: 2 },
    ]);
  });

  it('adds and removes tags without doubling them', () => {
    expect(withTags(['a', 'b'], { added: ['b', 'c'], removed: ['a'] })).toEqual(['b', 'c']);
    expect(withTags([], { added: ['x'], removed: ['x'] })).toEqual(['x']);
  });

  it('refuses tags that VOD refuses', () => {
    expect(asTag(' night ')).toBe('night');
    expect(asTag('a,b')).toBeNull();
    expect(asTag('中'.repeat(32))).toBe('中'.repeat(32));
    expect(asTag('x'.repeat(33))).toBeNull();
  });

  it('names the line of a fault in JSON', () => {
    expect(faultyLine('')).toBeNull();
    expect(faultyLine('{"a": 1}')).toBeNull();
    expect(faultyLine('{\n"a": ,\n}')).toBe(2);
    expect(faultyLine('{\n"a": [1,\n2\n}')).toBe(4);
    expect(faultyLine('[1]\n\nx')).toBe(3);
    expect(faultyLine('{"a": 1')).toBe(1);
    fc.assert(fc.property(fc.json(), (json) => faultyLine(json) === null));
  });
});

describe('patches', () => {
  it('writes only what was touched and differs', () => {
    expect(patchOf(subject('a'), 1, { plain: {} }, day)).toEqual({});
    expect(patchOf(subject('a', { category: 5 }), 1, { plain: { category: 5 } }, day)).toEqual({});
    expect(patchOf(subject('a'), 1, { plain: { category: 5 } }, day)).toEqual({ category: 5 });
  });

  it('writes equal patches together and leaves out empty ones', () => {
    const subjects = [subject('a'), subject('b'), subject('c', { category: 5 })];
    const made = subjects.map((s, i) => ({ id: s.id, patch: patchOf(s, i + 1, { plain: { category: 5 } }, day) }));
    expect(batches(made)).toEqual([{ ids: ['a', 'b'], patch: { category: 5 } }]);
  });

  it('goes back to what was there', () => {
    const one = subject('a', { tags: ['old'], category: 3 });
    const patch = patchOf(one, 1, { title: '{n}', tags: { added: ['new'], removed: [] }, plain: { category: 9 } }, day);
    expect(patch).toEqual({ title: '1', tags: ['old', 'new'], category: 9 });
    expect(backOf(one, patch)).toEqual({ title: 'Dune crossing', tags: ['old'], category: 3 });
  });
});
