import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Decoded } from '../host/bindings';
import type { Host } from '../host/host';
import { bare, isAddress, looksLikePair, shorten, takeApart } from './decode-take';
import { Decode } from './decode.svelte';

const base64 = (value: unknown) => btoa(JSON.stringify(value));
const address = base64({ Endpoint: 'https://oss-cn-shanghai.aliyuncs.com', Bucket: 'outin', FileName: 'sv/a.mp4' });
const secret = 'S3cretS3cretS3cretS3cretS3cret';
const auth = base64({
  AccessKeyId: 'STS.NUCabcdefgh',
  AccessKeySecret: secret,
  SecurityToken: 'tok',
  Expiration: '3000',
});

const decoded = (change: Partial<Decoded> = {}): Decoded => ({
  address: null,
  auth: { short: '', length: auth.length, fields: [], fault: null },
  usable: true,
  leftMs: 3_000_000,
  fromPaste: true,
  ...change,
});

describe('taking apart', () => {
  it('finds both fields in JSON and in XML', () => {
    expect(takeApart(JSON.stringify({ UploadAddress: 'aaa', UploadAuth: 'bbb', VideoId: 'v' }))).toEqual({
      address: 'aaa',
      auth: 'bbb',
    });
    expect(takeApart('<R><UploadAuth>bb\nb</UploadAuth></R>')).toEqual({ address: null, auth: 'bbb' });
    expect(takeApart(address)).toBeNull();
  });

  it('keeps 16 and 4 characters, and less of a short text', () => {
    expect(shorten(auth)).toBe(`${auth.slice(0, 16)} … ${auth.slice(-4)}`);
    expect(shorten('abcdefghijklmnopqrst')).toBe('abcd …');
  });

  it('knows an address from anything that may carry a secret', () => {
    expect(isAddress(address)).toBe(true);
    expect(isAddress(auth)).toBe(false);
    expect(isAddress(base64({ Bucket: 'b', SecurityToken: 'x' }))).toBe(false);
    expect(isAddress('hello')).toBe(false);
    expect(bare(' a\n b ')).toBe('ab');
  });

  it('recognises a pair in the clipboard', () => {
    expect(looksLikePair(auth)).toBe(true);
    expect(looksLikePair(JSON.stringify({ UploadAuth: auth }))).toBe(true);
    expect(looksLikePair('some sentence that somebody copied from a mail')).toBe(false);
  });
});

describe('decode page', () => {
  let now = 0;
  const decode = vi.fn<Host['decode']>();
  const copy = vi.fn<Host['copy']>().mockResolvedValue(undefined);
  let page: Decode;

  beforeEach(() => {
    vi.useFakeTimers();
    now = 0;
    decode.mockReset().mockResolvedValue(decoded());
    page = new Decode({ decode, copy } as unknown as Host, () => now);
  });
  afterEach(() => vi.useRealTimers());

  const drawn = () => JSON.stringify([page.shown, page.hidden, page.result]);

  it('draws a pasted credential shortened, at once and in either box', async () => {
    page.paste('auth', auth);
    expect(page.shown.auth).toBe(`${auth.slice(0, 16)} … ${auth.slice(-4)}`);
    expect(page.hidden.auth).toBe(auth.length);
    page.paste('address', auth);
    expect(page.shown.address).not.toContain(auth.slice(16, 40));
    page.paste('address', auth.slice(3));
    expect(page.shown.address).not.toContain(auth.slice(19, 40));
    await vi.advanceTimersByTimeAsync(200);
    expect(drawn()).not.toContain(auth.slice(16, 40));
    expect(decode).toHaveBeenLastCalledWith(auth.slice(3), auth);
  });

  it('shows an address whole', () => {
    page.paste('address', `  ${address}\n`);
    expect(page.shown.address).toBe(address);
    expect(page.hidden.address).toBeNull();
  });

  it('fills both boxes from an API answer', async () => {
    page.paste('address', JSON.stringify({ RequestId: 'r', UploadAddress: address, UploadAuth: auth }));
    await vi.advanceTimersByTimeAsync(150);
    expect(page.shown.address).toBe(address);
    expect(decode).toHaveBeenCalledExactlyOnceWith(address, auth);
  });

  it('asks once, 150 ms after the last change', async () => {
    for (const text of ['a', 'ab', 'abc']) {
      page.type('address', text, text.at(-1) ?? '');
      await vi.advanceTimersByTimeAsync(149);
    }
    expect(decode).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(decode).toHaveBeenCalledExactlyOnceWith('abc', '');
  });

  it('lets a late answer fall', async () => {
    let answer: (value: Decoded) => void = () => undefined;
    decode.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    page.paste('auth', auth);
    await vi.advanceTimersByTimeAsync(150);
    page.clear();
    answer(decoded());
    await vi.advanceTimersByTimeAsync(0);
    expect(page.result).toBeNull();
  });

  it('starts over when a shortened box is edited, and goes on when it grows', async () => {
    page.paste('auth', auth);
    page.type('auth', 'x', 'x');
    await vi.advanceTimersByTimeAsync(150);
    expect(decode).toHaveBeenLastCalledWith('', `${auth}x`);
    page.type('auth', '', null);
    expect(page.empty).toBe(true);
  });

  it('counts from pasting, and not anew when the other box changes', async () => {
    page.paste('auth', auth);
    await vi.advanceTimersByTimeAsync(150);
    now = 60_000;
    page.paste('address', address);
    await vi.advanceTimersByTimeAsync(150);
    expect(page.leftMs).toBe(2_940_000);
    now = 4_000_000;
    page.tick();
    expect(page.leftMs).toBe(0);
    expect(page.usable).toBe(false);
  });

  it('copies the whole key id, and nothing after clearing', async () => {
    page.paste('auth', auth);
    await page.copyKeyId();
    expect(copy).toHaveBeenCalledExactlyOnceWith('STS.NUCabcdefgh');
    page.clear();
    await page.copyKeyId();
    expect(copy).toHaveBeenCalledOnce();
    expect(page.shown).toEqual({ address: '', auth: '' });
  });

  it('swaps the two', async () => {
    page.paste('address', auth);
    page.paste('auth', address);
    page.swap();
    await vi.advanceTimersByTimeAsync(150);
    expect(decode).toHaveBeenLastCalledWith(address, auth);
    expect(page.shown.address).toBe(address);
  });
});
