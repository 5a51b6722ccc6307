// A lively imitation of the host for a browser: the reference pictures as scenes, and an upload that moves.
// `?scene=queue|first|limited|empty|sandbox|failed|offline|drop|states|profile|settings|many|same|work&lang=en|zh-CN|pseudo&theme=light|dark|system`
import type { About, Check, Details, Frame, Profile, Row, SecretState, Totals, TransferId } from './bindings';
import { undecided } from '../state/groups';
import { fault, offer, profile, row, seeds, session, stateSeeds } from './fake-data';
import { bulkAbout, certificates, fakeDecode, fakeHistory, masked, pastName, schedule } from './fake-further';
import { work } from './fake-work';
import type { Host } from './host';

const BEAT = 250;
const MINUTE = 60;
const MANY = 10_000;

const ACTIVE: Row['status'][] = [
  ...(['uploading', 'refreshing', 'verifying', 'preparing', 'requesting', 'resting', 'held'] as const),
];

// In one pass: with ten thousand rows it is asked for four times a second.
function totals(rows: Row[], online: boolean, pictured: boolean, swell: number): Totals {
  const counts = { all: 0, active: 0, waiting: 0, processing: 0, failed: 0, done: 0, cancelled: 0 };
  const sum = { done: 0, size: 0, open: 0, rate: 0, left: 0 };
  for (const row of rows) {
    if (row.parent !== null) continue;
    const active = ACTIVE.includes(row.status);
    counts.all += 1;
    if (active) counts.active += 1;
    else if (undecided(row)) counts.failed += 1;
    else if (row.status === 'waiting' || row.status === 'paused') counts.waiting += 1;
    else if (row.status in counts) counts[row.status as 'processing' | 'failed' | 'done' | 'cancelled'] += 1;
    if (row.status === 'failed' || row.status === 'cancelled' || undecided(row)) continue;
    sum.done += row.doneBytes;
    sum.size += row.sizeBytes;
    if (!active) continue;
    sum.open += row.sizeBytes - row.doneBytes;
    sum.rate += row.rateBytes;
    sum.left += 1;
  }
  const hero = !online ? 'offline' : counts.all === 0 ? 'empty' : sum.left > 0 ? 'left' : 'idle';
  return {
    hero,
    leftMs: hero === 'left' ? 13 * 60_000 : null,
    doneBytes: pictured ? 18.4e9 : sum.done,
    openBytes: pictured ? 10.2e9 : sum.open,
    sizeBytes: pictured ? 52.1e9 : sum.size,
    rateBytes: online ? sum.rate * swell : 0,
    counts,
    canPause: rows.some((row) => row.can.pause),
    canResume: rows.some((row) => row.can.resume),
    online,
    pingMs: 34,
    notice: null,
  };
}

class Scene {
  rows: Row[];
  rev = 0;
  swell = 1;
  hear: ((frame: Frame) => void) | null = null;
  #removed = new Map<TransferId, Row>();
  #quarter = 0;

  constructor(
    rows: Row[],
    readonly online: boolean,
    readonly still: boolean,
  ) {
    this.rows = rows;
  }

  get totals(): Totals {
    return totals(this.rows, this.online, this.still, this.swell);
  }

  /** A still picture has a minute behind it: the speed has swayed, nothing else has moved. */
  rest(): void {
    let seconds = 0;
    setInterval(() => {
      seconds += 1;
      const lull = Math.max(0, 9 - seconds) * 0.03 + 0.12 * Math.max(0, 1 - Math.abs(seconds - 13) / 9);
      this.swell = seconds < MINUTE ? 1 - lull + 0.035 * Math.sin(seconds / 2.3) : 1;
      this.hear?.(this.snapshot());
    }, 1000);
  }

  snapshot(): Frame {
    return { frame: 'snapshot', rev: this.rev, rows: this.rows, totals: this.totals };
  }

  change(ids: TransferId[], change: (row: Row) => Row): void {
    const changed: Row[] = [];
    this.rows = this.rows.map((row) => {
      if (!ids.includes(row.id)) return row;
      const next = change(row);
      changed.push(next);
      return next;
    });
    this.#tell({ changed });
  }

  remove(ids: TransferId[]): void {
    for (const row of this.rows) if (ids.includes(row.id)) this.#removed.set(row.id, row);
    this.rows = this.rows.filter((row) => !ids.includes(row.id));
    this.#tell({ gone: ids });
  }

  put(rows: Row[]): void {
    this.rows = [...this.rows, ...rows];
    this.#tell({ changed: rows, order: this.rows.map((row) => row.id) });
  }

  restore(ids: TransferId[]): void {
    this.put(ids.flatMap((id) => this.#removed.get(id) ?? []));
  }

  reorder(ids: TransferId[], before: TransferId | null): void {
    const moved = this.rows.filter((row) => ids.includes(row.id));
    const others = this.rows.filter((row) => !ids.includes(row.id));
    const at = before === null ? others.length : others.findIndex((row) => row.id === before);
    others.splice(at < 0 ? others.length : at, 0, ...moved);
    this.rows = others;
    this.#tell({ order: others.map((row) => row.id) });
  }

  /** A quarter of a second of uploading. */
  beat(): void {
    const moving = this.rows.filter((row) => row.status === 'uploading').map((row) => row.id);
    this.change(moving, (row) => {
      const doneBytes = Math.min(row.sizeBytes, row.doneBytes + (row.rateBytes * BEAT) / 1000);
      const wave = 1 + 0.08 * Math.sin(performance.now() / 3000 + Number(row.id));
      return { ...row, doneBytes, rateBytes: Math.round(18.2e6 * wave), leftMs: (row.leftMs ?? 0) - BEAT };
    });
  }

  /** A quarter of a second of a lively minute. */
  work(): void {
    this.#quarter += 1;
    const changed = new Map(work(this.rows, this.#quarter).map((row) => [row.id, row]));
    this.change([...changed.keys()], (row) => changed.get(row.id) ?? row);
  }

  #tell({ changed = [], gone = [], order = null }: Partial<Extract<Frame, { frame: 'delta' }>>): void {
    this.rev += 1;
    this.hear?.({ frame: 'delta', rev: this.rev, changed, gone, order, totals: this.totals });
  }
}

/** What the test of a key says that may upload and ask nothing, as public samples of a policy have it. */
const limited: Check[] = (
  [
    ['status', ['vod:GetVideoInfo', 'vod:GetVideoInfos', 'vod:GetImageInfo', 'vod:GetAttachedMediaInfo']],
    ['cleanup', ['vod:DeleteVideo']],
  ] as const
).map(([what, missing]) => ({
  what,
  ok: false,
  needed: false,
  missing: [...missing],
  fault: fault('auth.ram', { op: 'GetVideoInfo' }),
  figure: null,
}));

function rowsOf(scene: string, chinese: boolean): Row[] {
  const now = Date.now();
  if (['first', 'limited', 'empty', 'sandbox'].includes(scene)) return [];
  if (scene === 'states') return stateSeeds.map((seed) => row(seed, false, now));
  const rows = seeds.map((seed) => row(seed, chinese, now));
  const refused = { untrusted: 'net.tls', shapeless: 'srv.shape' } as const;
  if (scene in refused) {
    const told = fault(refused[scene as keyof typeof refused], { host: certificates.host });
    return rows.map((row) => (row.fault ? { ...row, fault: told } : row));
  }
  if (scene === 'offline') {
    const active = ['uploading', 'refreshing', 'verifying'];
    return rows.map((row) =>
      active.includes(row.status) ? { ...row, status: 'held', hold: 'network', leftMs: null } : row,
    );
  }
  if (scene === 'same') {
    const sent = rows.find((row) => row.status === 'done' && row.parent === null);
    const sameAs = sent ? { id: sent.id, title: sent.title, endedMs: sent.endedMs } : null;
    return rows.map((row) =>
      row.id === '11'
        ? { ...row, place: null, sameAs, undecided: sameAs !== null, can: { ...row.can, pause: false } }
        : row,
    );
  }
  if (scene === 'odd') {
    const remarks: Record<string, Row['remarks']> = {
      '11': [{ code: 'film.unfinished', facts: {} }],
      '8': [{ code: 'film.nosound', facts: {} }],
    };
    return rows.map((row) => {
      const told = { ...row, remarks: remarks[row.id] ?? [] };
      return row.id === '11' ? { ...told, place: null, undecided: true, can: { ...row.can, pause: false } } : told;
    });
  }
  if (scene !== 'many') return rows;
  const waiting = seeds[10];
  if (!waiting) return rows;
  const more = Array.from({ length: MANY }, (_, i) =>
    row({ ...waiting, id: `m${i}`, en: `Clip ${i}`, place: i + 10 }, false, now),
  );
  return [...rows, ...more];
}

const about = (row: Row): About => ({
  title: row.title,
  description: row.id === '2' ? 'Two nights in Gion during the last week of the rainy season.' : '',
  tags: row.id === '2' ? ['travel', 'kyoto', '4K'] : [],
  category: row.id === '2' ? 7 : null,
  templateGroup: row.id === '2' ? '4k-hls' : null,
  workflow: null,
  storage: null,
  appId: null,
  userData: row.id === '2' ? '{"show":"kyoto"}' : null,
  coverUrl: null,
  keepTitle: false,
});

/** Keeps every text the host answers with, for telling data from the page's own words. */
export function overheard(host: Host): { host: Host; said: Set<string> } {
  const said = new Set<string>();
  const hear = (answer: unknown): void => {
    if (typeof answer === 'string') said.add(answer);
    else if (typeof answer === 'object' && answer !== null) Object.values(answer).forEach(hear);
  };
  const listening = new Proxy(host, {
    get:
      (own, name: keyof Host) =>
      (...asked: unknown[]) => {
        const told = asked.map((one) => (typeof one === 'function' ? (word: unknown) => (hear(word), one(word)) : one));
        const answer = (own[name] as (...asked: unknown[]) => unknown)(...told);
        void Promise.resolve(answer).then(hear, hear);
        return answer;
      },
  });
  return { host: listening, said };
}

/** A host that needs no shell. */
/** What each kind may be sent as. */
const kindsOf: Record<Row['kind'], Row['kind'][]> = {
  video: ['video', 'audio', 'material'],
  audio: ['audio'],
  image: ['image', 'watermark', 'material'],
  subtitle: ['subtitle'],
  watermark: ['image', 'watermark', 'material'],
  material: ['material'],
};

export function fakeHost(query: URLSearchParams): Host {
  const name = query.get('scene') ?? 'queue';
  const language = query.get('lang') ?? 'en';
  const chinese = language === 'zh-CN';
  const wanted = query.get('theme');
  const theme = wanted === 'dark' || wanted === 'system' ? wanted : 'light';
  const scene = new Scene(rowsOf(name, chinese), name !== 'offline', query.get('still') !== null);
  let profiles: Profile[] = name === 'first' || name === 'limited' ? [] : [profile(chinese, name === 'sandbox')];
  let password: SecretState = 'missing';
  let settings = session([], language, theme).settings;
  if (name === 'settings') settings = { ...settings, limit: schedule };
  const edits = new Map<TransferId, Partial<About>>();
  const fileName = (id: TransferId) => scene.rows.find((row) => row.id === id)?.name ?? pastName(id);
  const set = (status: Row['status'], can: Partial<Row['can']>) => (row: Row) => ({
    ...row,
    status,
    can: { ...row.can, ...can },
  });
  const go = set('uploading', { pause: true, resume: false });
  const nothing = async () => undefined;
  const find = (id: TransferId) => {
    const row = scene.rows.find((row) => row.id === id);
    if (!row) throw fault('unknown', { code: 'gone' });
    return row;
  };
  return {
    session: async () => ({ ...session(profiles, language, theme), settings }),
    watch: async (hear) => {
      scene.hear = hear;
      hear(scene.snapshot());
      if (!scene.online) return;
      if (scene.still) scene.rest();
      else setInterval(() => (name === 'work' ? scene.work() : scene.beat()), BEAT);
    },
    desk: async (hear) => {
      if (name === 'drop') setTimeout(() => hear({ desk: 'enter', offer, x: 600, y: 300 }), 400);
    },
    setVisible: nothing,
    inspect: nothing,
    pick: async () => ({ ...offer }),
    paste: nothing,
    add: async () => {
      const ids = offer.items.map((item, i) => ({ item, id: `n${scene.rev}-${i}` }));
      const seed = ({ item, id }: (typeof ids)[0]) =>
        row({ id, en: item.name, name: item.name, bytes: item.sizeBytes, status: 'waiting' }, false, Date.now());
      scene.put(ids.map(seed));
      return { ids: ids.map(({ id }) => id), leftOut: offer.skipped, more: 0, omitted: offer.omitted, apart: [] };
    },
    dropOffer: nothing,
    addPair: async () => '1',
    givePair: nothing,
    pause: async (ids) => scene.change(ids, set('paused', { pause: false, resume: true })),
    resume: async (ids) => scene.change(ids, go),
    retry: async (ids) => scene.change(ids, set('waiting', { retry: false, pause: true })),
    restart: async (ids) => scene.change(ids, set('waiting', { restart: false, pause: true })),
    cancel: async (ids) => scene.change(ids, set('cancelled', { cancel: false, restart: true, remove: true })),
    uncancel: async (ids) => scene.change(ids, go),
    remove: async (ids) => scene.remove(ids),
    restore: async (ids) => scene.restore(ids),
    next: async (ids) => scene.reorder(ids, scene.rows.find((row) => row.status === 'waiting')?.id ?? null),
    reorder: async (ids, before) => scene.reorder(ids, before),
    edit: async (ids, patch) => {
      for (const id of ids) edits.set(id, { ...edits.get(id), ...patch });
      if (patch.title !== undefined) scene.change(ids, (row) => ({ ...row, title: patch.title ?? row.title }));
    },
    attach: async (ids, parent) => scene.change(ids, (row) => ({ ...row, parent })),
    sendAnyway: nothing,
    setKind: async (id, kind) => scene.change([id], (row) => ({ ...row, kind: kind ?? row.kind })),
    locate: nothing,
    described: async (ids) =>
      ids.map((id) => {
        const row = find(id);
        const { name } = row;
        const folder = 'Raid / night-market / masters';
        return { id, name, folder, about: { ...about(row), ...bulkAbout[id], ...edits.get(id) }, locked: false };
      }),
    details: async (id): Promise<Details> => {
      const row = find(id);
      const issued = row.mediaId !== null;
      return {
        row,
        about: { ...about(row), ...bulkAbout[id], ...edits.get(id) },
        folder: 'Raid / night-market / masters',
        account: profiles[0]?.name ?? '',
        method: row.parts ? 'multipart' : 'put',
        endpoint: issued ? 'oss-cn-shanghai.aliyuncs.com' : null,
        bucket: issued ? 'outin-example-88aa' : null,
        object: issued ? `sv/5c7b2d01-${row.id}/5c7b2d01.mp4` : null,
        uploadId: row.parts ? '0004B9894A22E5B1888A1E29F823' : null,
        crc64: row.status === 'done' ? '9548687815775124833' : null,
        attempts: 1,
        requestIds: ['25818875-5F78-4AF6-9F2D-81D1A3F1A1B5'],
        parts: row.parts,
        locked: false,
        kinds: issued || row.parent !== null ? [] : kindsOf[row.kind],
        forced: false,
        film: row.kind === 'video' ? { durationMs: 1_122_000, lines: 2160 } : null,
      };
    },
    timeline: async (id) => {
      const row = find(id);
      const at = Date.now() - 60_000;
      const whats = row.fault ? ['found', 'planned', 'stuck'] : ['found', 'planned', 'reserved', 'opened'];
      return whats.map((what, i) => ({
        atMs: at + i * 2000,
        what,
        facts: { size: String(row.sizeBytes), parts: '752', media: row.mediaId ?? '', code: 'req.template' },
      }));
    },
    search: async (text) => {
      const needle = text.trim().toLowerCase();
      const holds = (text: string | null) => text?.toLowerCase().includes(needle) ?? false;
      return scene.rows.filter((row) => holds(row.title) || holds(row.name) || holds(row.mediaId)).map(({ id }) => id);
    },
    certificates: async () => certificates,
    answer: async () => masked,
    dateSettings: async () => false,
    showNotice: nothing,
    showConfig: nothing,
    history: async (query) => fakeHistory(chinese, query),
    historyExport: nothing,
    historyAgain: async () => ['again'],
    saveSettings: async (next) => (settings = next),
    proxyPassword: async () => password,
    saveProxyPassword: async (text) => (password = text === null ? 'missing' : 'stored'),
    pickRoot: async () => '/etc/ssl/own.pem',
    setZoom: nothing,
    profiles: async () => profiles,
    saveProfile: async (draft) => {
      const made = { ...profile(chinese), name: draft.name, region: draft.region };
      profiles = [...profiles.filter((other) => other.name !== (draft.replaces ?? draft.name)), made];
      return made;
    },
    testProfile: async () => [
      ...(name === 'limited' ? limited : []),
      { what: 'keyring', ok: true, needed: true, missing: [], fault: null, figure: null },
      { what: 'clock', ok: true, needed: true, missing: [], fault: null, figure: 0 },
      { what: 'identity', ok: true, needed: true, missing: [], fault: null, figure: 212 },
      { what: 'video', ok: true, needed: true, missing: [], fault: null, figure: null },
    ],
    useProfile: async (used) => {
      profiles = profiles.map((other) => ({ ...other, active: other.name === used }));
    },
    forgetProfile: async (gone) => {
      profiles = profiles.filter((other) => other.name !== gone);
    },
    startTrial: async () => {
      profiles = [profile(chinese, true)];
      return profile(chinese, true);
    },
    trialSample: async () => {
      const seed = { id: 'sample', en: 'Sample clip', name: 'sample.mp4', bytes: 4e6, status: 'waiting' as const };
      scene.put([row(seed, false, Date.now())]);
      return 'sample';
    },
    policy: async () => '{"Version":"1"}',
    decode: async (address, auth) => fakeDecode(address, auth),
    categories: async () => [{ value: '7', label: chinese ? '旅行 / 日本' : 'Travel / Japan' }],
    templateGroups: async () => [{ value: '4k-hls', label: '4K + HLS' }],
    storages: async () => ['outin-example.oss-cn-shanghai.aliyuncs.com'],
    still: fileName,
    poster: async (id) => fileName(id),
    copy: nothing,
    copyMediaIds: nothing,
    reveal: nothing,
    openConsole: nothing,
    openNetworkPage: nothing,
    checkNow: nothing,
    unlockKeyring: nothing,
    diagnostics: async () => '',
    quit: nothing,
    stay: nothing,
  };
}
