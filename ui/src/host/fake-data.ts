// The transfers of the reference pictures, for the imitation of a host. Data only.
import type { FaultView, Kind, Offer, Parts, Profile, Row, Session, Status } from './bindings';

const GB = 1e9;
const MB = 1e6;
const MINUTE = 60_000;
const LIFE = 50 * MINUTE;

export const fault = (code: FaultView['code'], facts: Record<string, string> = {}): FaultView => ({
  code,
  facts,
  operation: 'CreateUploadVideo',
  cloudCode: 'InvalidTemplateGroupId.NotFound',
  cloudMessage: 'The TemplateGroupId does not exist.',
  requestId: '25818875-5F78-4AF6-9F2D-81D1A3F1A1B5',
});

function parts(bytes: number, share: number): Parts {
  const size = 16 * 1048576;
  const total = Math.ceil(bytes / size);
  const cells = Math.min(240, total);
  const done = Math.floor(total * share);
  const reached = Math.floor(cells * share);
  // A few parts beyond the confirmed run are on their way, and one or two came home early.
  const map = Array.from({ length: cells }, (_, i) => {
    if (i < reached - 6) return '2';
    if (i < reached + 5) return i % 3 === 0 ? '1' : i < reached ? '2' : i % 5 === 0 ? '2' : '1';
    return '0';
  }).join('');
  return { total, done, flying: 4, sizeBytes: size, map };
}

interface Seed {
  id: string;
  zh?: string;
  en: string;
  name: string;
  bytes: number;
  status: Status;
  kind?: Kind;
  parent?: string;
  language?: string;
  share?: number;
  rate?: number;
  left?: number;
  credential?: number;
  vod?: string;
  place?: number;
}

export function row(seed: Seed, chinese: boolean, now: number): Row {
  const { status, share = 0 } = seed;
  const active = status === 'uploading' || status === 'refreshing' || status === 'verifying';
  const over = status === 'done' || status === 'cancelled';
  const paused = status === 'paused';
  const issued = active || over || paused || status === 'processing';
  return {
    id: seed.id,
    account: 'Studio North',
    parent: seed.parent ?? null,
    kind: seed.kind ?? 'video',
    title: chinese ? (seed.zh ?? seed.en) : seed.en,
    name: seed.name,
    language: seed.language ?? null,
    status,
    phase: over ? 'settled' : issued ? 'opened' : 'planned',
    wish: paused ? 'pause' : 'run',
    sizeBytes: seed.bytes,
    doneBytes: over || status === 'processing' ? seed.bytes : Math.round(seed.bytes * share),
    flightBytes: status === 'uploading' ? 64 * MB : 0,
    rateBytes: seed.rate ?? 0,
    leftMs: seed.left ?? null,
    parts: (active && status !== 'verifying') || paused ? parts(seed.bytes, share) : null,
    credential: seed.credential ? { leftMs: seed.credential, lifeMs: LIFE, renewal: 'auto', tight: false } : null,
    mediaId: issued && status !== 'cancelled' ? `c5a2f0e84d1b47a9b6e39f02d7c8${seed.id.padStart(4, '0')}` : null,
    vod: seed.vod ? { status: seed.vod, atMs: now - 4 * MINUTE } : null,
    place: seed.place ?? null,
    fault: status === 'failed' ? fault('req.template') : null,
    rest: null,
    hold: null,
    can: {
      pause: !over && !paused && status !== 'failed' && status !== 'processing' && status !== 'verifying',
      resume: paused,
      cancel: !over,
      retry: status === 'failed',
      restart: status === 'failed' || status === 'cancelled',
      remove: over || status === 'failed' || status === 'waiting' || paused,
    },
    sameAs: null,
    undecided: false,
    addedMs: now - 40 * MINUTE,
    endedMs: over ? now - 5 * MINUTE : null,
    tookMs: over ? 34_000 : null,
    remarks: [],
  };
}

const KYOTO = 'kyoto_rain_directors-cut_2160p_h265_v07_final';
const up = (share: number, rate: number, left: number, credential: string) => {
  const [m, s] = credential.split(':').map(Number) as [number, number];
  return { share, rate: rate * MB, left: left * 1000, credential: (m * 60 + s) * 1000 };
};

export const seeds: Seed[] = [
  {
    id: '1',
    en: 'Night market, episode 4',
    zh: '夜市寻味 第 4 集',
    name: 'night-market_ep04_master_graded_v3.mov',
    bytes: 8.42 * GB,
    status: 'failed',
  },
  {
    id: '2',
    en: 'Kyoto in the rain, director’s cut',
    zh: '雨中京都 导演剪辑版',
    name: `${KYOTO}.mp4`,
    bytes: 12.6 * GB,
    status: 'uploading',
    ...up(0.62, 18.2, 263, '41:12'),
  },
  { id: '3', parent: '2', kind: 'image', en: 'Cover', name: `${KYOTO}.jpg`, bytes: 2 * MB, status: 'done' },
  {
    id: '4',
    parent: '2',
    kind: 'subtitle',
    language: 'en',
    en: 'English',
    name: `${KYOTO}.en.srt`,
    bytes: 90_000,
    status: 'done',
  },
  {
    id: '5',
    parent: '2',
    kind: 'subtitle',
    language: 'zh-CN',
    en: 'Chinese',
    name: `${KYOTO}.zh-CN.srt`,
    bytes: 80_000,
    status: 'requesting',
  },
  {
    id: '6',
    en: 'Studio tour 2026',
    zh: '2026 工作室探访',
    name: 'studio-tour-2026_final_h264.mp4',
    bytes: 6.8 * GB,
    status: 'uploading',
    ...up(0.34, 15.1, 297, '46:55'),
  },
  {
    id: '7',
    en: 'Lin Wei on sound design',
    zh: '对话林维：声音设计',
    name: 'interview_lin-wei_sound-design_A-cam.mp4',
    bytes: 3.1 * GB,
    status: 'refreshing',
    ...up(0.71, 9.3, 97, '04:58'),
  },
  {
    id: '8',
    kind: 'audio',
    en: 'Field recording 07, harbour',
    zh: '环境声 07 港口',
    name: 'field-recording-07_harbour_96k.wav',
    bytes: 1.24 * GB,
    status: 'verifying',
    ...up(0.88, 0, 8, '32:08'),
  },
  {
    id: '9',
    en: 'Coastline from above',
    zh: '俯瞰海岸线',
    name: 'coastline_drone_4k60.mp4',
    bytes: 5.37 * GB,
    status: 'processing',
    vod: 'Transcoding',
  },
  {
    id: '10',
    en: 'Forest light, ambient loop',
    zh: '林间光影 循环氛围',
    name: 'forest-light_loop_1080p.mp4',
    bytes: 842 * MB,
    status: 'processing',
    vod: 'UploadSucc',
  },
  {
    id: '11',
    en: 'Dune crossing, part 1',
    zh: '穿越沙丘 第 1 部',
    name: 'dune-crossing_part1_ProRes422HQ.mov',
    bytes: 9.11 * GB,
    status: 'waiting',
    place: 1,
  },
  {
    id: '12',
    en: 'Four mornings',
    zh: '四个清晨',
    name: 'four-mornings_timelapse_6k.mp4',
    bytes: 2.05 * GB,
    status: 'waiting',
    place: 2,
  },
  {
    id: '13',
    en: 'Quiet keyboards, compared',
    zh: '静音键盘对比',
    name: 'quiet-keyboards-compared.mp4',
    bytes: 1.48 * GB,
    status: 'waiting',
    place: 3,
  },
  {
    id: '14',
    en: 'City at blue hour',
    zh: '蓝调时刻的城市',
    name: 'city-blue-hour_2160p.mp4',
    bytes: 3.92 * GB,
    status: 'waiting',
    place: 4,
  },
  {
    id: '15',
    en: 'Morning coffee, three ways',
    zh: '三种晨间咖啡',
    name: 'morning-coffee-three-ways.mp4',
    bytes: 1.12 * GB,
    status: 'waiting',
    place: 5,
  },
  {
    id: '16',
    en: 'Mountain road, onboard',
    zh: '山路车载',
    name: 'mountain-road_onboard_4k.mp4',
    bytes: 7.92 * GB,
    status: 'waiting',
    place: 6,
  },
  {
    id: '17',
    en: 'First snow',
    zh: '初雪',
    name: 'first-snow_2160p.mp4',
    bytes: 2.71 * GB,
    status: 'waiting',
    place: 7,
  },
  {
    id: '18',
    en: 'Podcast 112, room tone',
    zh: '播客 112',
    kind: 'audio',
    name: 'podcast-112.wav',
    bytes: 184 * MB,
    status: 'waiting',
    place: 8,
  },
  {
    id: '19',
    en: 'Lin Wei, short',
    zh: '林维短片',
    name: 'lin-wei-short.mp4',
    bytes: 410 * MB,
    status: 'waiting',
    place: 9,
  },
  ...[
    'Coffee, three ways',
    'Forest light',
    'Coastline, vertical cut',
    'Dune crossing, trailer',
    'Live at the Warehouse',
    'Keyboards under 50 dB',
    'Watermark, white',
    'Room tone',
  ].map((en, i): Seed => ({
    id: String(20 + i),
    en,
    name: `${en.toLowerCase().replace(/\W+/g, '-')}.mp4`,
    bytes: (1.12 + i) * GB,
    status: 'done',
  })),
];

/** One row in each state, for looking at them side by side. */
export const stateSeeds: Seed[] = [
  {
    id: '1',
    en: 'Waiting',
    name: 'dune-crossing_part1_ProRes422HQ.mov',
    bytes: 9.11 * GB,
    status: 'waiting',
    place: 1,
  },
  { id: '2', en: 'Preparing', name: 'studio-tour-2026_final_h264.mp4', bytes: 6.8 * GB, status: 'preparing' },
  {
    id: '3',
    en: 'Requesting credential',
    name: 'studio-tour-2026_final_h264.mp4',
    bytes: 6.8 * GB,
    status: 'requesting',
  },
  {
    id: '4',
    en: 'Uploading',
    name: 'studio-tour-2026_final_h264.mp4',
    bytes: 6.8 * GB,
    status: 'uploading',
    ...up(0.34, 15.1, 297, '46:55'),
  },
  {
    id: '5',
    en: 'Refreshing',
    name: 'interview_lin-wei_A-cam.mp4',
    bytes: 3.1 * GB,
    status: 'refreshing',
    ...up(0.71, 9.3, 97, '04:58'),
  },
  {
    id: '6',
    en: 'Verifying',
    kind: 'audio',
    name: 'field-recording-07_harbour_96k.wav',
    bytes: 1.24 * GB,
    status: 'verifying',
    share: 0.88,
  },
  {
    id: '7',
    en: 'VOD: UploadSucc',
    name: 'forest-light_loop_1080p.mp4',
    bytes: 842 * MB,
    status: 'processing',
    vod: 'UploadSucc',
  },
  {
    id: '8',
    en: 'VOD: Checking',
    name: 'coastline_drone_4k60.mp4',
    bytes: 5.37 * GB,
    status: 'processing',
    vod: 'Checking',
  },
  { id: '9', en: 'Done', name: 'coffee-three-ways_1080p.mp4', bytes: 1.12 * GB, status: 'done' },
  { id: '10', en: 'Paused', name: 'studio-tour-2026_final_h264.mp4', bytes: 6.8 * GB, status: 'paused', share: 0.34 },
  { id: '11', en: 'Failed', name: 'night-market_ep04_graded_v3.mov', bytes: 8.42 * GB, status: 'failed' },
  { id: '12', en: 'Cancelled', name: 'studio-tour-2026_final_h264.mp4', bytes: 6.8 * GB, status: 'cancelled' },
];

export function profile(chinese: boolean, sandbox = false): Profile {
  const name = sandbox ? 'Sandbox' : chinese ? '北方工作室' : 'Studio North';
  return {
    name,
    region: 'cn-shanghai',
    endpoint: null,
    source: 'access-key',
    accessKeyId: 'LTAI5tQn••••••••Key9Zr',
    server: null,
    active: true,
    sandbox,
    secret: 'stored',
    tested: true,
    fault: null,
  };
}

export function session(profiles: Profile[], language: string, theme: Session['settings']['theme']): Session {
  return {
    version: '1.0',
    platform: 'linux',
    locale: navigator.language,
    profiles,
    fault: null,
    keyring: 'open',
    regions: ['cn-shanghai', 'cn-beijing', 'cn-hongkong', 'ap-southeast-1', 'us-west-1', 'cn-north-2-gov-1'],
    settings: {
      files: 3,
      parts: 0,
      partMib: 0,
      wait: 'playable',
      restartChanged: false,
      keepHistory: 365,
      awake: true,
      limit: { on: false, rateBytes: 20 * MB, periods: [{ days: [0, 1, 2, 3, 4], fromMin: 540, toMin: 1080 }] },
      proxy: { mode: 'system' },
      tlsRoot: null,
      hmacSha1: false,
      notify: { done: true, failed: true, all: true },
      theme,
      language,
      density: 'auto',
      reduceMotion: false,
      singleKeys: true,
      keys: { search: '/', select: 'x', pause: ' ', help: '?' },
      whenDone: 'nothing',
      autostart: false,
    },
  };
}

export const offer: Offer = {
  id: 'offer-1',
  scanning: false,
  files: 6,
  sizeBytes: 13.2 * GB,
  items: [
    {
      name: 'dune-crossing_part1_ProRes422HQ_graded.mov',
      kind: 'video',
      sizeBytes: 9.11 * GB,
      ambiguous: false,
      paired: [
        { name: 'a.jpg', kind: 'image', language: null },
        { name: 'a.en.srt', kind: 'subtitle', language: 'en' },
        { name: 'a.zh.srt', kind: 'subtitle', language: 'zh' },
      ],
    },
    { name: 'four-mornings_timelapse_6k.mp4', kind: 'video', sizeBytes: 2.05 * GB, paired: [], ambiguous: false },
    { name: 'morning-walk_vertical_1080×1920.mp4', kind: 'video', sizeBytes: 2.01 * GB, paired: [], ambiguous: false },
  ],
  more: 0,
  skipped: [{ name: 'shot-list.pdf', fault: { ...fault('req.ext', { ext: 'PDF' }) } }],
  omitted: { total: 0, reasons: [], files: [] },
  kinds: { video: 3, cover: 1, subtitle: 2 },
};
