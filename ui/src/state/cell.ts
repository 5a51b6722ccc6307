// What the state cell of a row says: icon, words, percent and bar, for each status. Pure; draws nothing.
import type { Row } from '../host/bindings';
import { t, words } from '../i18n/i18n.svelte';
import type { IconName } from '../parts/icons';
import { act, cause } from './faults';
import { languageName, left, list, moment, nth, percent, rate, sizeSpoken } from './format';

export type Tone = 'plain' | 'accent' | 'ok' | 'vod' | 'danger';
export type Bar =
  | { kind: 'parts'; map: string; still: boolean }
  | { kind: 'plain'; still: boolean }
  | { kind: 'steps'; steps: number[] }
  | null;

export interface Cell {
  icon: IconName | 'spinner';
  tone: Tone;
  /** Printed strong before the text: the speed. */
  strong: string;
  text: string;
  percent: number | null;
  bar: Bar;
  /** A second line without a bar: the media id. */
  second: string | null;
  /** The label of the one action, as a link. */
  action: string | null;
}

/** What is printed once a second, beside the row. */
export interface Shown {
  rate: number;
  left: number | null;
  stalled: boolean;
  narrow: boolean;
  online: boolean;
}

/** Reached steps are 1, the current one is a half. */
const STEPS: Record<string, number[]> = {
  Uploading: [0.5, 0, 0, 0],
  UploadSucc: [1, 1, 0, 0],
  Transcoding: [1, 1, 0.55, 0],
  Checking: [1, 1, 1, 0.55],
  Normal: [1, 1, 1, 1],
};

function barOf(row: Row, still: boolean): Bar {
  if (row.parent !== null) return null;
  return row.parts ? { kind: 'parts', map: row.parts.map, still } : { kind: 'plain', still };
}

/** The state of a row in words and shapes. */
export function cellOf(row: Row, shown: Shown): Cell {
  const done = percent(row.doneBytes, row.sizeBytes);
  const cell = (icon: Cell['icon'], tone: Tone, text: string, more: Partial<Cell> = {}): Cell => ({
    icon,
    tone,
    text,
    strong: '',
    percent: null,
    bar: null,
    second: null,
    action: null,
    ...more,
  });
  const moving = { percent: done, bar: barOf(row, false) };
  const still = row.doneBytes > 0 ? { percent: done, bar: barOf(row, true) } : {};
  switch (row.status) {
    case 'waiting':
      return cell('clock', 'plain', waiting(row));
    case 'preparing':
      return cell('spinner', 'plain', t('st.prep'));
    case 'requesting':
      return cell('spinner', 'accent', t('st.cred'), row.doneBytes > 0 ? moving : {});
    case 'uploading':
      return cell('arrow-up', 'accent', shown.narrow && shown.left !== null ? left(shown.left) : '', {
        strong: speed(row, shown),
        ...moving,
      });
    case 'refreshing':
      return cell('refresh-cw', 'accent', t(row.credential?.renewal === 'anew' ? 'st.renew' : 'st.refresh'), moving);
    case 'resting':
      return cell('rotate-cw', 'plain', resting(row), still);
    case 'held':
      return cell(heldIcon(row), 'plain', held(row), still);
    case 'verifying':
      return cell('shield-check', 'accent', t('st.verify'), {
        percent: done,
        bar: row.parent === null ? { kind: 'plain', still: false } : null,
      });
    case 'processing':
      return cell('clapperboard', 'vod', processing(row, shown.online), {
        bar: { kind: 'steps', steps: STEPS[row.vod?.status ?? 'Uploading'] ?? [1, 1, 0.5, 0] },
      });
    case 'linking':
      return cell('link', 'accent', t('st.done.linking'));
    case 'done':
      return cell('circle-check', 'ok', t('st.done'), { second: row.mediaId });
    case 'paused':
      return cell('circle-pause', 'plain', t('st.pause'), still);
    case 'failed':
      return cell('circle-alert', 'danger', row.fault ? cause(row.fault) : t('st.fail'), {
        action: row.fault ? act(row.fault) : null,
      });
    case 'cancelled':
      return cell('circle-slash', 'plain', t('st.cancel'));
  }
}

function waiting(row: Row): string {
  if (row.sameAs) return t('dup.short');
  if (row.undecided) return t('dup.unfinished');
  if (row.hold === 'parent') return t('st.wait.parent');
  if (row.place === 1) return t('st.wait.next');
  return row.place === null ? t('st.wait') : t('st.wait.nth', { nth: nth(row.place) });
}

function speed(row: Row, shown: Shown): string {
  if (shown.stalled) return t('st.up.zero');
  // Before the first byte there is no speed to print.
  return shown.rate === 0 && row.doneBytes === 0 ? t('st.up') : rate(shown.rate);
}

function resting(row: Row): string {
  const rest = row.rest;
  if (!rest) return t('st.retry.any', { s: 1 });
  if (rest.fault.code === 'net.offline') return t('st.hold.net');
  if (rest.of > 0) return t('st.retry', { n: rest.attempt, m: rest.of });
  // Waits as long as it takes: why and how long is all there is to say.
  return t('st.retry.why', { cause: cause(rest.fault), left: left(rest.leftMs) });
}

function heldIcon(row: Row): IconName {
  if (row.hold === 'network') return 'wifi-off';
  return row.hold === 'account' ? 'lock' : 'clock';
}

function held(row: Row): string {
  switch (row.hold) {
    case 'schedule':
      return t('st.hold.schedule');
    case 'clock':
      return t('st.hold.clock');
    case 'account':
      return t('st.hold.account');
    case 'parent':
      return t('st.wait.parent');
    case 'network':
    case null:
      return t(row.phase === 'sent' || row.phase === 'sealed' ? 'st.hold.verify' : 'st.hold.net');
  }
}

function processing(row: Row, online: boolean): string {
  const key = `vod.${row.vod?.status ?? ''}`;
  const state = words.has(key) ? t(key) : t('st.processing');
  return online || !row.vod ? state : t('vod.asof', { state, time: moment(row.vod.atMs) });
}

/** What a row is, in one word: an image with a parent is a cover, a subtitle names its language. */
export function role(row: Row): string {
  if (row.kind === 'image' && row.parent !== null) return t('kind.cover');
  if (row.kind === 'subtitle' && row.language) return t('kind.subtitleIn', { language: languageName(row.language) });
  return t(`kind.${row.kind}`);
}

export const kindIcon: Record<Row['kind'], IconName> = {
  video: 'film',
  audio: 'audio-lines',
  image: 'image',
  subtitle: 'captions',
  watermark: 'stamp',
  material: 'package',
};

/** The name of a row for a screen reader: nothing is left to the eye. */
export function spoken(row: Row, cell: Cell, shown: Shown, attached: number): string {
  const parts = [row.title || row.name, role(row)];
  if (row.sizeBytes > 0) parts.push(sizeSpoken(row.sizeBytes));
  parts.push(row.status === 'uploading' ? t('st.up') : cell.text);
  if (cell.percent !== null) parts.push(t('sr.percent', { p: cell.percent }));
  if (row.status === 'uploading' && shown.left !== null) parts.push(t('sr.left', { time: left(shown.left) }));
  if (attached > 0) parts.push(t('att.count', { n: attached }));
  return list(parts);
}
