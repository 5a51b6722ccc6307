import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';

import type { Period, Settings } from '../host/bindings';
import { words } from '../i18n/i18n.svelte';
import { modeOf, outlookText, parseRate, pieces, rateText, withMode } from './settings-limit';
import { change, Preferences } from './settings.svelte';
import {
  DAY,
  groups,
  minuteOfWeek,
  move,
  outlook,
  parseTime,
  periods,
  reach,
  retime,
  segments,
  STEP,
  time,
  withOneMore,
  WORKDAYS,
} from './settings-schedule';
import { Undo } from './undo.svelte';

const range = (from: string, to: string) => ({ from: parseTime(from) ?? -1, to: parseTime(to) ?? -1 });
const week = (day: number, at: string) => day * DAY + (parseTime(at) ?? 0);

describe('schedule bar', () => {
  it('groups by days and comes back', () => {
    const given: Period[] = [
      { days: [0, 1], fromMin: 1200, toMin: 1260 },
      { days: [5], fromMin: 0, toMin: 60 },
      { days: [1, 0], fromMin: 540, toMin: 1080 },
    ];
    expect(groups(given)).toEqual([
      {
        days: [0, 1],
        ranges: [
          { from: 540, to: 1080 },
          { from: 1200, to: 1260 },
        ],
      },
      { days: [5], ranges: [{ from: 0, to: 60 }] },
    ]);
    expect(groups(periods(groups(given)))).toEqual(groups(given));
  });

  it('moves an edge in quarter hours, not over its neighbour', () => {
    const two = [range('09:00', '12:00'), range('13:00', '18:00')];
    expect(move(two, 0, 'to', 731)[0]).toEqual(range('09:00', '12:15'));
    expect(move(two, 0, 'to', 900)[0]).toEqual(range('09:00', '13:00'));
    expect(move(two, 1, 'from', 0)[1]).toEqual(range('12:00', '18:00'));
    expect(move(two, 0, 'from', 2000)[0]).toEqual(range('11:45', '12:00'));
    expect(move(two, 1, 'to', 2000)[1]).toEqual(range('13:00', '24:00'));
  });

  it('draws a period over midnight in two pieces', () => {
    expect(segments([range('22:00', '06:00')])).toEqual([
      { from: 0, to: 360, range: 0 },
      { from: 360, to: 1320, range: null },
      { from: 1320, to: DAY, range: 0 },
    ]);
    expect(reach([range('22:00', '06:00')], 0, 'from')).toEqual({ min: 375, max: 1425 });
    expect(reach([range('08:00', '09:00'), range('22:00', '06:00')], 1, 'to')).toEqual({ min: 15, max: 480 });
  });

  it('fills the day with pieces and never lets ranges touch over', () => {
    const edge = fc.tuple(
      fc.nat(3),
      fc.constantFrom('from' as const, 'to' as const),
      fc.integer({ min: -60, max: 1500 }),
    );
    fc.assert(
      fc.property(fc.nat(3), fc.array(edge, { maxLength: 20 }), (more, moves) => {
        let ranges = [range('09:00', '18:00')];
        for (let i = 0; i < more; i += 1) ranges = withOneMore(ranges);
        for (const [index, which, to] of moves) ranges = move(ranges, index, which, to);
        const drawn = segments(ranges);
        return (
          drawn[0]?.from === 0 &&
          drawn.at(-1)?.to === DAY &&
          drawn.every((piece, i) => piece.to > piece.from && (i === 0 || piece.from === drawn[i - 1]?.to)) &&
          ranges.every(({ from, to }) => to - from >= STEP && from % STEP === 0)
        );
      }),
    );
  });

  it('adds a period where there is most room', () => {
    expect(withOneMore([range('09:00', '18:00')])).toEqual([range('03:00', '06:00'), range('09:00', '18:00')]);
    const full = [range('00:00', '24:00')];
    expect(withOneMore(full)).toBe(full);
  });

  it('takes typed times, over midnight too, and refuses what overlaps', () => {
    const two = [range('09:00', '12:00'), range('13:00', '18:00')];
    expect(retime(two, 1, 'to', 420)).toEqual([range('09:00', '12:00'), range('13:00', '07:00')]);
    expect(retime(two, 1, 'to', 600)).toBeNull();
    expect(retime(two, 0, 'to', 840)).toBeNull();
    expect(retime(two, 0, 'to', 540)).toBeNull();
    expect(retime(two, 0, 'from', 840)).toBeNull();
    expect(retime([range('09:00', '12:00')], 0, 'to', 480)).toEqual([range('09:00', '08:00')]);
  });

  it('reads and writes times', () => {
    expect([parseTime('9:05'), parseTime('24:00'), parseTime('24:15'), parseTime('9'), parseTime('09:60')]).toEqual([
      545,
      1440,
      null,
      null,
      null,
    ]);
    expect([time(545), time(1440)]).toEqual(['09:05', '24:00']);
  });
});

describe('outlook', () => {
  it('names the next change', () => {
    expect(outlook([WORKDAYS], week(6, '14:00'))).toEqual({
      limited: false,
      quiet: true,
      next: { day: 0, minute: 540, today: false },
    });
    expect(outlook([WORKDAYS], week(1, '10:00'))).toEqual({
      limited: true,
      quiet: false,
      next: { day: 1, minute: 1080, today: true },
    });
    expect(outlook([WORKDAYS], week(4, '18:00'))).toMatchObject({ limited: false, next: { day: 0, minute: 540 } });
  });

  it('holds over midnight and over periods that touch', () => {
    const night = { days: [6], fromMin: 1320, toMin: 360 };
    expect(outlook([night], week(0, '05:00'))).toMatchObject({ limited: true, next: { day: 0, minute: 360 } });
    const whole = { days: [0, 1, 2, 3, 4, 5, 6], fromMin: 0, toMin: DAY };
    expect(outlook([whole], week(2, '05:00'))).toBeNull();
    expect(outlook([], 0)).toBeNull();
  });

  it('counts the week from Monday', () => {
    expect(minuteOfWeek(new Date(2026, 10, 22, 14, 4))).toBe(week(6, '14:04'));
    expect(minuteOfWeek(new Date(2026, 10, 23, 0, 0))).toBe(0);
  });
});

describe('limit', () => {
  const limit = { on: true, rateBytes: 20_000_000, periods: [WORKDAYS] };

  it('keeps the schedule while it is off, and makes a first one', () => {
    expect(modeOf(withMode(limit, 'off'))).toBe('off');
    expect(withMode(withMode(limit, 'off'), 'schedule')).toEqual(limit);
    expect(modeOf(withMode(limit, 'always'))).toBe('always');
    expect(withMode({ on: false, rateBytes: 1, periods: [] }, 'schedule').periods).toEqual([WORKDAYS]);
  });

  it('reads a rate', () => {
    expect([parseRate('20'), parseRate(' 1,5 MB/s'), parseRate('0'), parseRate('fast')]).toEqual([
      2e7,
      1.5e6,
      null,
      null,
    ]);
    expect(rateText(1_500_000)).toBe('1.5');
  });

  it('says what holds', () => {
    words.language = 'en';
    expect(outlookText(limit, week(6, '14:00'))).toBe('Sunday, no limit today. Next: Monday 09:00');
    expect(outlookText(limit, week(1, '10:00'))).toBe('Limited until 18:00');
    expect(outlookText(limit, week(1, '08:00'))).toBe('No limit now. Next: 09:00');
    expect(pieces(groups(limit.periods)[0] ?? { days: [], ranges: [] }, limit).map((p) => p.text)).toEqual([
      'No limit',
      '20 MB/s',
      'No limit',
    ]);
  });
});

describe('preferences', () => {
  const settings = { files: 3, awake: true } as Settings;
  const desk = () => {
    const held = { settings };
    const save = vi.fn((change: Partial<Settings>) => {
      held.settings = { ...held.settings, ...change };
      return Promise.resolve();
    });
    const refused = vi.fn();
    const undo = new Undo(refused);
    let now = 0;
    const preferences = new Preferences(
      () => held.settings,
      save,
      undo,
      refused,
      () => now,
    );
    return { held, save, undo, refused, preferences, wait: (ms: number) => (now += ms) };
  };

  it('writes at once and goes back', async () => {
    const { held, undo, preferences } = desk();
    preferences.change({ files: 5 }, 'Files');
    expect(held.settings.files).toBe(5);
    await undo.undo();
    expect(held.settings.files).toBe(3);
    await undo.redo();
    expect(held.settings.files).toBe(5);
  });

  it('makes one step of a run of changes to the same setting', async () => {
    const { held, undo, preferences, wait } = desk();
    for (const files of [4, 5, 6]) {
      preferences.change({ files }, 'Files');
      wait(300);
    }
    expect(undo.toasts).toHaveLength(1);
    await undo.undo();
    expect(held.settings.files).toBe(3);
    await undo.redo();
    expect(held.settings.files).toBe(6);
    preferences.change({ files: 7 }, 'Files');
    await undo.undo();
    expect(held.settings.files).toBe(6);
  });

  it('keeps other settings and later changes apart', async () => {
    const { held, undo, preferences, wait } = desk();
    preferences.change({ files: 4 }, 'Files');
    preferences.change({ awake: false }, 'Awake');
    wait(5000);
    preferences.change({ files: 9 }, 'Files');
    await undo.undo();
    expect(held.settings).toMatchObject({ files: 4, awake: false });
  });

  it('does nothing when nothing changes, and says when it was refused', async () => {
    const { save, undo, refused, preferences } = desk();
    preferences.change({ files: 3 }, 'Files');
    expect(save).not.toHaveBeenCalled();
    save.mockRejectedValueOnce(new Error('range'));
    preferences.change({ files: 99 }, 'Files');
    await vi.waitFor(() => expect(refused).toHaveBeenCalledOnce());
    expect(undo.toasts).toHaveLength(1);
  });

  it('tells a change by its keys', () => {
    expect(change({ files: 1, awake: true }, { files: 2, awake: true })).toEqual({ files: 2 });
  });
});
