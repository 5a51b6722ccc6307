// Which file shows a transfer, and that pictures are made seldom, few at a time and never twice.
import { describe, expect, it, vi } from 'vitest';

import { faceOf, Stills, type Face, type Picture } from './stills';
import { middle } from './stills-draw';

const face = (id: string, as: Face['as'] = 'image'): Face => ({ id, as });
const file = (id: string, kind: 'video' | 'audio' | 'image' | 'subtitle', name: string) => ({ id, kind, name });
const drawn = (name: string) => ({ name }) as unknown as Picture;
const always = () => true;
const host = { still: (id: string) => id, poster: async (id: string) => id };

describe('the file that shows a transfer', () => {
  it('is its cover, else itself when it can be drawn', () => {
    const video = file('1', 'video', 'kyoto.MP4');
    const children = [file('2', 'subtitle', 'kyoto.en.srt'), file('3', 'image', 'kyoto.jpg')];
    expect(faceOf(video, children)).toEqual({ id: '3', as: 'image' });
    expect(faceOf(video)).toEqual({ id: '1', as: 'video' });
    expect(faceOf(file('4', 'image', 'a.png'))).toEqual({ id: '4', as: 'image' });
    expect(faceOf(file('5', 'audio', 'a.wav'))).toBeNull();
    expect(faceOf(file('6', 'video', 'a.mxf'))).toBeNull();
  });

  it('is cut from its middle', () => {
    expect(middle(1280, 720)).toEqual([0, 0, 1280, 720]);
    expect(middle(720, 1280)).toEqual([0, 437.5, 720, 405]);
    expect(middle(1280, 360)).toEqual([320, 0, 640, 360]);
  });
});

describe('stills', () => {
  it('are made once, also when that failed', async () => {
    const image = vi.fn(async (url: string) => (url.endsWith('bad') ? Promise.reject(new Error(url)) : drawn(url)));
    const stills = new Stills(host, image);
    expect(await stills.get(face('good'), always)).toEqual(drawn('good'));
    expect(await stills.get(face('bad'), always)).toBeNull();
    expect(stills.known(face('bad'))).toBeNull();
    expect(stills.known(face('new'))).toBeUndefined();
    await stills.get(face('good'), always);
    await stills.get(face('bad'), always);
    expect(image).toHaveBeenCalledTimes(2);
  });

  it('are made for at most two films at a time, the newest first, and for nobody who has left', async () => {
    const ends: (() => void)[] = [];
    const asked: string[] = [];
    const poster = (id: string) => {
      asked.push(id);
      return new Promise<string>((resolve) => ends.push(() => resolve(id)));
    };
    const stills = new Stills({ ...host, poster }, async (url) => drawn(url));
    const here = new Set(['a', 'b', 'c', 'd', 'e']);
    const all = [...here].map((id) => stills.get(face(id, 'video'), () => here.has(id)));
    expect(asked).toEqual(['a', 'b']);
    here.delete('d');
    ends[0]?.();
    await all[0];
    await vi.waitFor(() => expect(asked).toEqual(['a', 'b', 'e']));
    ends[1]?.();
    expect(await all[3]).toBeNull();
    await vi.waitFor(() => expect(asked).toEqual(['a', 'b', 'e', 'c']));
    // Who came too early is not remembered as a failure.
    expect(stills.known(face('d', 'video'))).toBeUndefined();
  });

  it('are not made while the list moves', async () => {
    vi.useFakeTimers();
    const image = vi.fn(async (url: string) => drawn(url));
    const stills = new Stills(host, image);
    stills.moved();
    const both = [stills.get(face('passed'), () => false), stills.get(face('here'), always)];
    vi.advanceTimersByTime(100);
    stills.moved();
    vi.advanceTimersByTime(100);
    expect(image).not.toHaveBeenCalled();
    vi.advanceTimersByTime(100);
    expect(await Promise.all(both)).toEqual([null, drawn('here')]);
    expect(image.mock.calls).toEqual([['here']]);
    vi.useRealTimers();
  });

  it('are kept for the three hundred used last', async () => {
    const stills = new Stills(host, async (url) => drawn(url));
    for (let i = 0; i < 300; i += 1) await stills.get(face(`${i}`), always);
    stills.known(face('0'));
    await stills.get(face('one more'), always);
    expect(stills.known(face('1'))).toBeUndefined();
    expect(stills.known(face('0'))).toEqual(drawn('0'));
  });

  it('are not asked for where the host has none', async () => {
    const image = vi.fn();
    const stills = new Stills({ still: () => null, poster: async () => null }, image);
    expect(await stills.get(face('a'), always)).toBeNull();
    expect(await stills.get(face('b', 'video'), always)).toBeNull();
    expect(image).not.toHaveBeenCalled();
  });
});
