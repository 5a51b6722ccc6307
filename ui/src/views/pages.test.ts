// The pages as a person uses them, in a page without a window.
import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import App from '../App.svelte';
import type { Frame, Totals } from '../host/bindings';
import { fakeHost } from '../host/fake';
import { fault } from '../host/fake-data';
import type { Host } from '../host/host';

const base64 = (fields: object) => btoa(JSON.stringify(fields));
const SECRET = 'AkSecretThatNobodyMaySeeAtAll0123';
const address = base64({ Endpoint: 'https://oss-cn-shanghai.aliyuncs.com', Bucket: 'outin', FileName: 'sv/a.mp4' });
const auth = base64({ AccessKeyId: 'STS.NUCexampleKey9', AccessKeySecret: SECRET, SecurityToken: `${SECRET}T` });

let host: Host;
const press = (key: string, more: Partial<KeyboardEventInit> = {}) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, ...more });
const paste = (element: Element, text: string) =>
  fireEvent.paste(element, {
    clipboardData: { getData: () => text, types: ['text/plain'] } as unknown as DataTransfer,
  });
const pasteFiles = (element: Element) =>
  fireEvent.paste(element, { clipboardData: { getData: () => '', types: ['Files'] } as unknown as DataTransfer });
const values = () => [...document.querySelectorAll('textarea, input')].map((box) => (box as HTMLInputElement).value);

beforeEach(async () => {
  Element.prototype.scrollIntoView = vi.fn();
  host = fakeHost(new URLSearchParams('still&scene=settings'));
  render(App, { host });
  await screen.findByRole('treegrid');
});

describe('decode', () => {
  it('leaves no secret in the page, and nothing at all after leaving', async () => {
    const decode = vi.spyOn(host, 'decode');
    await press('3', { ctrlKey: true });
    await paste(await screen.findByLabelText('UploadAddress'), address);
    await paste(screen.getByLabelText('UploadAuth'), auth);
    await screen.findByText('AccessKeySecret');
    expect(decode).toHaveBeenLastCalledWith(address, auth);
    const drawn = document.documentElement.outerHTML + values().join();
    expect(drawn).toContain(address);
    expect(drawn).not.toContain(SECRET);
    expect(drawn).not.toContain(auth.slice(16, 40));
    await press('1', { ctrlKey: true });
    await press('3', { ctrlKey: true });
    await screen.findByLabelText('UploadAuth');
    expect(values().join('')).toBe('');
  });

  it('opens by pasting a pair anywhere', async () => {
    await paste(document.body, JSON.stringify({ UploadAddress: address, UploadAuth: auth }));
    await screen.findByText('AccessKeySecret');
    expect(screen.getByLabelText<HTMLTextAreaElement>('UploadAddress').value).toBe(address);
  });
});

describe('files that cannot be uploaded', () => {
  const told = () => screen.findByRole('region', { name: '1 file was not added' });
  const why = 'shot-list.pdf is skipped, VOD does not take PDF';

  it('are named with their reason until that has been read, and the others go on', async () => {
    await press('o', { ctrlKey: true });
    within(await told()).getByText(why);
    within(screen.getByRole('status', { name: 'Messages' })).getByText(/^Added \d+ files$/);
    await waitFor(() => expect(document.querySelector('[aria-live=polite]')?.textContent).toContain(why));
    await fireEvent.click(within(await told()).getByRole('button', { name: 'Dismiss' }));
    expect(screen.queryByRole('region', { name: '1 file was not added' })).toBeNull();
  });

  it('and what was not meant is one line with the list behind it', async () => {
    const add = host.add;
    const omitted = {
      total: 3,
      reasons: [
        { reason: 'hidden' as const, count: 2 },
        { reason: 'partial' as const, count: 1 },
      ],
      files: [{ name: 'film.mp4.part', reason: 'partial' as const }],
    };
    host.add = async (...all) => ({ ...(await add(...all)), leftOut: [], omitted });
    await press('o', { ctrlKey: true });
    const line = '3 left out of the folder: 2 hidden, 1 unfinished download';
    const told = await screen.findByRole('region', { name: line });
    const list = within(told).getByText(line).closest('details');
    expect(list?.open).toBe(false);
    within(told).getByText('film.mp4.part: unfinished download');
    within(told).getByText('2 more files are skipped');
  });

  it('and videos of one name are told together', async () => {
    const add = host.add;
    host.add = async (...all) => ({ ...(await add(...all)), apart: ['talk'] });
    await press('o', { ctrlKey: true });
    within(await told()).getByText('Two videos are named talk, so nothing was attached to them');
    host.add = async (...all) => ({ ...(await add(...all)), leftOut: [], apart: ['talk'] });
    await press('o', { ctrlKey: true });
    await screen.findByRole('region', { name: 'Not everything was attached' });
  });

  it('are named when there is nothing else, wherever the person is', async () => {
    const add = host.add;
    host.add = async (...all) => ({ ...(await add(...all)), ids: [] });
    await press('2', { ctrlKey: true });
    await press('o', { ctrlKey: true });
    within(await told()).getByText(why);
    expect(screen.queryByText(/^Added/)).toBeNull();
  });
});

describe('copied files', () => {
  it('are asked for by a paste anywhere but in a field or a dialog', async () => {
    const ask = vi.spyOn(host, 'paste');
    await pasteFiles(screen.getByRole('searchbox'));
    await press('k', { ctrlKey: true });
    await pasteFiles(document.body);
    await fireEvent.keyDown(await screen.findByRole('combobox'), { key: 'Escape' });
    await waitFor(() => expect(screen.queryByRole('combobox')).toBeNull());
    expect(ask).not.toHaveBeenCalled();
    await pasteFiles(screen.getByRole('treegrid'));
    await press('3', { ctrlKey: true });
    await pasteFiles(await screen.findByRole('heading', { name: 'Decode a credential' }));
    expect(ask).toHaveBeenCalledTimes(2);
  });
});

describe('the profile dialog', () => {
  it('sends a pasted pair and leaves no secret of it in the page', async () => {
    const addPair = vi.spyOn(host, 'addPair');
    await press('k', { ctrlKey: true });
    await fireEvent.input(await screen.findByRole('combobox'), { target: { value: 'credential pair' } });
    await press('Enter');
    await paste(await screen.findByLabelText('UploadAddress'), address);
    const box = screen.getByLabelText<HTMLTextAreaElement>('UploadAuth');
    await paste(box, auth);
    expect(box.value).toBe(`${auth.slice(0, 16)} … ${auth.slice(-4)}`);
    const drawn = document.documentElement.outerHTML + values().join();
    expect(drawn).toContain(address);
    expect(drawn).not.toContain(SECRET);
    expect(drawn).not.toContain(auth.slice(16, 40));
    const dialog = screen.getByRole('dialog');
    await fireEvent.click(within(dialog).getAllByRole('button').at(-1) as HTMLElement);
    await waitFor(() => expect(addPair).toHaveBeenCalledWith(expect.any(String), address, auth));
  });
});

describe('settings', () => {
  it('writes at once and takes back with Ctrl+Z', async () => {
    const save = vi.spyOn(host, 'saveSettings');
    await press(',', { ctrlKey: true });
    const files = await screen.findByRole('spinbutton', { name: 'Files at a time' });
    await fireEvent.keyDown(files, { key: 'ArrowUp' });
    await waitFor(() => expect(files.getAttribute('aria-valuenow')).toBe('4'));
    expect(save.mock.lastCall?.[0].files).toBe(4);
    await fireEvent.keyDown(document.body, { key: 'z', ctrlKey: true });
    await waitFor(() => expect(files.getAttribute('aria-valuenow')).toBe('3'));
    expect(save.mock.lastCall?.[0].files).toBe(3);
  });

  it('moves an edge of the schedule by a quarter of an hour', async () => {
    const save = vi.spyOn(host, 'saveSettings');
    await press(',', { ctrlKey: true });
    const edge = await screen.findByRole('slider', { name: 'Period 1 begins' });
    expect(edge.getAttribute('aria-valuetext')).toBe('09:00');
    await fireEvent.keyDown(edge, { key: 'ArrowLeft' });
    await waitFor(() => expect(save.mock.lastCall?.[0].limit.periods[0]?.fromMin).toBe(525));
  });
});

describe('a full disk', () => {
  it('is told while it fills, above all else, and leaves by itself', async () => {
    cleanup();
    host = fakeHost(new URLSearchParams('still&scene=queue'));
    const watch = host.watch.bind(host);
    let tell = (frame: Frame): void => void frame;
    let last: Frame | null = null;
    vi.spyOn(host, 'watch').mockImplementation((hear) => {
      tell = hear;
      return watch((frame) => {
        last = frame;
        hear(frame);
      });
    });
    const show = vi.spyOn(host, 'showNotice');
    render(App, { host });
    await screen.findByRole('treegrid');
    const { rows, totals } = last as unknown as Extract<Frame, { frame: 'snapshot' }>;
    const frame = (notice: Totals['notice'], online = true): Frame => {
      return { frame: 'snapshot', rev: 1, rows, totals: { ...totals, online, notice } };
    };
    tell(frame(fault('disk.full', { path: '/films/journal.db' }), false));
    const banner = await screen.findByRole('region', { name: 'No room to save progress' });
    expect(banner.textContent).toContain('/films/journal.db is full.');
    expect(screen.getByRole('alert').textContent).toBe('No room to save progress');
    await fireEvent.click(within(banner).getByRole('button', { name: 'Show in folder' }));
    expect(show).toHaveBeenCalledOnce();
    tell(frame(null));
    await waitFor(() => expect(screen.queryByRole('region', { name: 'No room to save progress' })).toBeNull());
  });
});

describe('the proxy', () => {
  it('takes a password, keeps nothing of it in the page, and can replace it', async () => {
    const save = vi.spyOn(host, 'saveProxyPassword');
    const session = await host.session();
    await host.saveSettings({
      ...session.settings,
      proxy: { mode: 'http', address: 'proxy.example.com:8080', user: 'lin' },
    });
    cleanup();
    render(App, { host });
    await screen.findByRole('treegrid');
    await press(',', { ctrlKey: true });
    await fireEvent.click(await screen.findByRole('tab', { name: 'Network' }));
    const field = await screen.findByLabelText<HTMLInputElement>('Proxy password');
    expect(field.type).toBe('password');
    await fireEvent.input(field, { target: { value: SECRET } });
    await fireEvent.keyDown(field, { key: 'Enter' });
    await screen.findByText('Stored in the keyring');
    expect(save).toHaveBeenLastCalledWith(SECRET);
    expect(document.documentElement.outerHTML + values().join()).not.toContain(SECRET);
    await fireEvent.click(screen.getByRole('button', { name: 'Replace' }));
    expect((await screen.findByLabelText<HTMLInputElement>('Proxy password')).value).toBe('');
  });
});

describe('palette', () => {
  it('finds by name and runs', async () => {
    await press('k', { ctrlKey: true });
    const box = await screen.findByRole('combobox');
    await fireEvent.input(box, { target: { value: 'histo' } });
    const options = within(screen.getByRole('listbox')).getAllByRole('option');
    expect(options[0]?.textContent).toContain('History');
    expect(box.getAttribute('aria-activedescendant')).toBe(options[0]?.id);
    await fireEvent.keyDown(box, { key: 'Enter' });
    await screen.findByRole('heading', { name: 'History' });
    expect(screen.queryByRole('combobox', { name: /command/ })).toBeNull();
  });

  it('keeps what cannot be run, with the reason', async () => {
    const pause = vi.spyOn(host, 'pause');
    await press('k', { ctrlKey: true });
    const box = await screen.findByRole('combobox');
    await fireEvent.input(box, { target: { value: 'pause selected' } });
    const option = screen.getByRole('option', { name: /Pause selected/ });
    expect(option.getAttribute('aria-disabled')).toBe('true');
    expect(option.textContent).toContain('Nothing is selected');
    await fireEvent.keyDown(box, { key: 'Enter' });
    expect(pause).not.toHaveBeenCalled();
    expect(screen.queryByRole('combobox')).not.toBeNull();
  });
});

describe('history', () => {
  it('copies the media id of the row in hand', async () => {
    const copy = vi.spyOn(host, 'copy');
    await press('2', { ctrlKey: true });
    const row = await screen.findByRole('row', { name: /Coffee, three ways/ });
    await fireEvent.focus(row);
    await fireEvent.keyDown(row, { key: 'c', ctrlKey: true });
    expect(copy.mock.lastCall?.[0]).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe('a template group that is not found', () => {
  it('is done without, and the file goes on', async () => {
    const [edit, retry] = [vi.spyOn(host, 'edit'), vi.spyOn(host, 'retry')];
    const row = await screen.findByRole('row', { name: /Night market/ });
    await fireEvent.focus(row);
    await fireEvent.click(row);
    await fireEvent.keyDown(row, { key: 'Enter' });
    await fireEvent.click(await screen.findByRole('button', { name: 'Use the default' }));
    await waitFor(() => expect(retry).toHaveBeenCalledWith(['1']));
    expect(edit).toHaveBeenCalledWith(['1'], { templateGroup: null, workflow: null });
  });
});

describe('the facts of a transfer', () => {
  it('name all requests, the one that failed before the newest', async () => {
    const details = host.details;
    host.details = async (id) => ({ ...(await details(id)), requestIds: ['first', 'second', 'third'] });
    const row = await screen.findByRole('row', { name: /Night market/ });
    await fireEvent.focus(row);
    await fireEvent.click(row);
    await fireEvent.keyDown(row, { key: 'Enter' });
    await fireEvent.click(await screen.findByRole('tab', { name: 'Transfer' }));
    const label = await screen.findByText('Request ID');
    const ids = () => {
      const [all, next]: [string[], Element | null] = [[], label.nextElementSibling];
      for (let fact = next; fact?.tagName === 'DD'; fact = fact.nextElementSibling) all.push(fact.textContent.trim());
      return all;
    };
    await waitFor(() => expect(ids().slice(-3)).toEqual(['third', 'second', 'first']));
    expect(ids()).toHaveLength(4);
  });
});
