// History, decoding and settings of the imitated host. Data only; decodes what it is given, as the core would.
import type {
  Certificates,
  About,
  Blob,
  Decoded,
  Field,
  HistoryItem,
  HistoryPage,
  HistoryQuery,
  Kind,
  Settings,
} from './bindings';
import { fault } from './fake-data';

type Seed = [
  en: string,
  zh: string,
  kind: Kind,
  bytes: number,
  seconds: number,
  hours: number,
  end?: 'failed' | number,
];

const SEEDS: Seed[] = [
  ['Coffee, three ways', '咖啡三味', 'video', 1.12e9, 34, 0.2],
  ['First snow', '初雪', 'video', 2.71e9, 81, 0.5],
  ['Podcast 112, room tone and other lies', '播客 112 期 环境音与谎言', 'audio', 184e6, 6, 0.6],
  ['Live at the Warehouse, encore', '仓库现场 返场', 'video', 4.4e9, 87, 0.9, 64],
  ['Mountain road, onboard', '山路车载', 'video', 7.92e9, 238, 1.3],
  ['Keyboards under 50 dB', '50 分贝以下的键盘', 'video', 1.48e9, 46, 20],
  ['City at blue hour', '蓝调时刻的城市', 'video', 3.92e9, 114, 20.3],
  ['Watermark, white, bottom right', '水印 白色 右下', 'watermark', 212e3, 1, 20.5],
  ['Coastline, vertical cut', '海岸线 竖版', 'video', 988e6, 29, 20.8],
  ['Dune crossing, trailer', '穿越沙丘 预告', 'video', 642e6, 19, 21.5],
  ['Lin Wei, short', '林维 短片', 'video', 410e6, 13, 21.7, 'failed'],
  ['Forest light', '林间光影', 'video', 842e6, 25, 22.2],
];
const HOUR = 3_600_000;
const TOTAL = 412;

const nameOf = (en: string, kind: Kind) =>
  `${en.toLowerCase().replace(/[^a-z0-9]+/g, '-')}.${kind === 'audio' ? 'wav' : kind === 'watermark' ? 'png' : 'mp4'}`;

/** The file behind an id of the history, where it has a picture. */
export function pastName(id: string): string | null {
  const [en, , kind] = SEEDS[Number(id.slice(1)) % SEEDS.length] ?? [];
  return id.startsWith('h') && en && kind === 'video' ? nameOf(en, kind) : null;
}

function items(chinese: boolean, now: number): HistoryItem[] {
  return Array.from({ length: TOTAL }, (_, i): HistoryItem => {
    const [en, zh, kind, bytes, seconds, hours, end] = SEEDS[i % SEEDS.length] as Seed;
    const title = chinese ? zh : en;
    const ended = now - (hours + 24 * Math.floor(i / SEEDS.length)) * HOUR;
    const id = (i * 2_654_435_761 + 0x1d5be8ac).toString(16).padStart(12, '0').repeat(3).slice(0, 32);
    return {
      id: `h${i}`,
      kind,
      title,
      name: nameOf(en, kind),
      sizeBytes: bytes,
      rateBytes: seconds > 1 ? Math.round(bytes / seconds) : 0,
      tookMs: seconds * 1000,
      mediaId: end === undefined ? id : null,
      phase: typeof end === 'number' ? 'discarded' : 'settled',
      percent: typeof end === 'number' ? end : 100,
      fault: end === 'failed' ? fault('vod.TranscodeFail') : null,
      endedMs: ended,
      fileThere: i % 3 !== 0,
    };
  });
}

export function fakeHistory(chinese: boolean, query: HistoryQuery): HistoryPage {
  const needle = query.text.toLowerCase();
  const fits = (item: HistoryItem) =>
    query.outcome === 'all' ||
    query.outcome === (item.fault ? 'failed' : item.phase === 'discarded' ? 'cancelled' : 'done');
  const within = (item: HistoryItem) =>
    (query.kind === '' || query.kind === (['video', 'audio', 'image'].includes(item.kind) ? item.kind : 'attached')) &&
    item.endedMs >= query.sinceMs;
  const found = items(chinese, Date.now()).filter(
    (item) =>
      fits(item) &&
      within(item) &&
      [item.title, item.name, item.mediaId ?? ''].some((text) => text.toLowerCase().includes(needle)),
  );
  const days = [
    30, 58, 38, 62, 55, 9, 16, 34, 52, 24, 52, 24, 12, 5, 30, 77, 62, 30, 28, 1, 12, 47, 65, 67, 24, 48, 7, 10, 40, 52,
  ];
  return {
    total: found.length,
    items: found.slice(query.offset, query.offset + query.limit),
    days: days.map((figure) => figure * 1e9),
    sizeBytes: 1.83e12,
    rateBytes: 34.1e6,
  };
}

const ADDRESS = ['Bucket', 'Endpoint', 'FileName'];
const AUTH = ['AccessKeyId', 'AccessKeySecret', 'SecurityToken', 'Expiration'];

function blob(text: string, documented: string[]): Blob | null {
  if (!text) return null;
  const base = { short: `${text.slice(0, 16)}…${text.slice(-4)}`, length: text.length };
  let inside: Record<string, string>;
  try {
    inside = JSON.parse(atob(text));
  } catch {
    const field = documented === ADDRESS ? 'UploadAddress' : 'UploadAuth';
    return { ...base, fields: [], fault: fault('cred.base64', { field }) };
  }
  const field = (name: string): Field => {
    const value = String(inside[name]);
    const secret = /secret|token/i.test(name);
    const masked = name === 'AccessKeyId' ? `${value.slice(0, 7)}••••••••••${value.slice(-4)}` : value;
    return {
      name,
      value: secret ? null : masked,
      secretLength: secret ? value.length : null,
      extra: !documented.includes(name),
    };
  };
  const names = Object.keys(inside);
  const known = documented.filter((name) => names.includes(name));
  const lacking = documented.find((name) => name !== 'Expiration' && !names.includes(name));
  const wrong = lacking
    ? fault('cred.field', { field: documented === ADDRESS ? 'UploadAddress' : 'UploadAuth', name: lacking })
    : null;
  return { ...base, fields: [...known, ...names.filter((name) => !known.includes(name))].map(field), fault: wrong };
}

export function fakeDecode(address: string, auth: string): Decoded {
  const [one, other] = [blob(address, ADDRESS), blob(auth, AUTH)];
  const good = Boolean(one && other && !one.fault && !other.fault);
  return { address: one, auth: other, usable: good, leftMs: other && !other.fault ? 3_000_000 : null, fromPaste: true };
}

export const schedule: Settings['limit'] = {
  on: true,
  rateBytes: 20_000_000,
  periods: [{ days: [0, 1, 2, 3, 4], fromMin: 540, toMin: 1080 }],
};

/** What the waiting ones differ in. */
export const bulkAbout: Record<string, Partial<About>> = {
  '11': { tags: ['season 2', '4K'], templateGroup: '4k-hls', description: 'Across the erg on foot.' },
  '12': { tags: ['season 2', '4K'], templateGroup: '4k-hls', description: 'Dawn, four times.' },
  '13': { tags: ['season 2'] },
  '14': { tags: ['season 2', '4K'], templateGroup: '4k-hls' },
};

/** What a proxy that reads traffic shows. */
export const certificates: Certificates = {
  host: 'vod.cn-shanghai.aliyuncs.com',
  distrust: 'issuer',
  chain: [
    {
      subject: 'CN=vod.cn-shanghai.aliyuncs.com',
      issuer: 'CN=Office Inspection CA 2, O=Example Ltd, C=CN',
      fromMs: Date.UTC(2026, 2, 4),
      untilMs: Date.UTC(2027, 2, 4),
      sha256: '5F:0A:91:3C:D2:77:40:E8:16:BB:2C:59:8D:F3:04:6A:71:C5:9E:20:AD:13:68:4F:E7:92:0B:35:DC:86:5A:18',
    },
    {
      subject: 'CN=Office Inspection CA 2, O=Example Ltd, C=CN',
      issuer: 'CN=Office Root, O=Example Ltd, C=CN',
      fromMs: Date.UTC(2024, 0, 1),
      untilMs: Date.UTC(2034, 0, 1),
      sha256: 'C4:66:1D:80:2E:F9:57:A3:0C:B8:91:44:7A:E5:D3:06:2B:9F:70:18:CE:54:83:3D:A6:FB:19:68:05:72:E0:4C',
    },
  ],
};

/** What a credential server says that has forgotten half of it. */
export const masked = `{
  "videoId": "0123456789abcdef0123456789abcdef",
  "uploadAuth": "•••(1184)",
  "expires": 3000
}`;
