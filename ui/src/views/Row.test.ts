// What a row says in each state, to the eye and to a screen reader.
import { render, screen, within } from '@testing-library/svelte';
import { flushSync } from 'svelte';
import { beforeEach, describe, expect, test } from 'vitest';

import type { Host } from '../host/host';
import { fault, row as make, stateSeeds } from '../host/fake-data';
import { fakeHost } from '../host/fake';
import { words } from '../i18n/i18n.svelte';
import { App } from '../state/app.svelte';
import { columnsFor } from '../state/columns';
import { Transfer } from '../state/transfers.svelte';
import RowHarness from './RowHarness.test.svelte';

const host: Host = fakeHost(new URLSearchParams('scene=states&still'));
const seed = (name: string) => {
  const seed = stateSeeds.find((seed) => seed.en === name);
  if (!seed) throw new Error(name);
  return make(seed, false, Date.now());
};

function stage(row: ReturnType<typeof seed>, list = 1064) {
  const [app, transfer] = [new App(host), new Transfer(row, 0)];
  const place = { key: row.id, index: 0, group: 'progress' as const, top: 0, height: 56, position: 1, of: 1 };
  const line = { kind: 'row' as const, transfer, children: [], open: false, ...place };
  render(RowHarness, { props: { app, line, columns: columnsFor(list) } });
  return { app, transfer };
}
function draw(row: ReturnType<typeof seed>, list?: number) {
  stage(row, list);
  return screen.getByRole('row');
}

beforeEach(() => {
  words.language = 'en';
});

describe('a row', () => {
  test.each([
    ['Waiting', 'Waiting · next'],
    ['Preparing', 'Preparing · reading file'],
    ['Requesting credential', 'Requesting credential'],
    ['Refreshing', 'Refreshing credential'],
    ['Verifying', 'Verifying checksum'],
    ['VOD: UploadSucc', 'Queued for transcoding'],
    ['VOD: Checking', 'Being reviewed at VOD'],
    ['Done', 'Done'],
    ['Paused', 'Paused'],
    ['Failed', 'Template group not found'],
    ['Cancelled', 'Cancelled'],
  ])('%s says "%s"', (name, text) => {
    const row = draw(seed(name));
    expect(within(row).getAllByText(text).length).toBeGreaterThan(0);
    expect(row.getAttribute('aria-label')).toContain(text);
  });

  test('the bar is told once a second, however often it is drawn', () => {
    const before = seed('Uploading');
    const { app, transfer } = stage(before);
    const told = () => screen.getByRole('progressbar').getAttribute('aria-valuenow');
    flushSync(() => transfer.hear({ ...before, doneBytes: before.sizeBytes / 2 }, 250));
    expect(screen.getByText('50%')).toBeTruthy();
    expect(told()).toBe('34');
    flushSync(() => (app.transfers.now = 1000));
    expect(told()).toBe('50');
  });

  test('uploading prints speed and percent, and speaks its state', () => {
    const row = draw(seed('Uploading'));
    expect(row.textContent).toContain('15.1 MB/s');
    expect(within(row).getByText('34%')).toBeTruthy();
    expect(row.getAttribute('aria-label')).toBe('Uploading, Video, 6.8 gigabytes, Uploading, 34 percent, 5 min left');
    expect(within(row).getByRole('progressbar').getAttribute('aria-valuenow')).toBe('34');
    expect(within(row).getByRole('button', { name: 'Pause' })).toBeTruthy();
  });

  test('has the time left inside its state when the list is narrow', () => {
    expect(draw(seed('Uploading'), 720).textContent).toContain('15.1 MB/s\u00a0· 5 min');
  });

  test('failed offers its one action, done copies its id, paused resumes', () => {
    expect(within(draw(seed('Failed'))).getByRole('button', { name: 'Choose another' })).toBeTruthy();
    document.body.innerHTML = '';
    const done = draw(seed('Done'));
    expect(within(done).getByRole('button', { name: 'Copy media ID' })).toBeTruthy();
    expect(done.textContent).toContain('c5a2f0e84d1b47a9b6e39f02d7c8');
    document.body.innerHTML = '';
    expect(within(draw(seed('Paused'))).getByRole('button', { name: 'Resume' })).toBeTruthy();
  });

  test('resting says which attempt comes next', () => {
    const rest = { fault: fault('net.timeout'), attempt: 2, of: 5, leftMs: 4000 };
    expect(draw({ ...seed('Uploading'), status: 'resting', rest }).textContent).toContain('Retrying, attempt 2 of 5');
  });

  test('held says why, without a speed', () => {
    const row = draw({ ...seed('Uploading'), status: 'held', hold: 'network' });
    expect(row.textContent).toContain('On hold, no network');
    expect(row.textContent).not.toContain('MB/s');
  });

  test('the same file again asks what to do', () => {
    const row = draw({ ...seed('Waiting'), sameAs: { id: '9', title: 'Done', endedMs: 1 }, undecided: true });
    expect(within(row).getByRole('button', { name: 'Upload anyway' })).toBeTruthy();
    expect(within(row).getByRole('button', { name: 'Skip' })).toBeTruthy();
  });
});
