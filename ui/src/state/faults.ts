// A fault in words, and what its one action does. Knows codes, no host.
import type { About, Added, Code, FaultView, Omitted, Remark, Skipped } from '../host/bindings';
import { t, words, type Facts, type Key } from '../i18n/i18n.svelte';
import { left, list, size } from './format';

export type Remedy =
  | 'check'
  | 'network'
  | 'retry'
  | 'profile'
  | 'portal'
  | 'policy'
  | 'console'
  | 'pair'
  | 'remove'
  | 'edit'
  | 'restart'
  | 'locate'
  | 'reveal'
  | 'unlock'
  | 'details'
  | 'certificates'
  | 'answer'
  | 'date'
  | 'token'
  | 'keep'
  | 'config'
  | 'notice'
  | 'anyway';

const remedies: Record<Code, Remedy> = {
  'net.offline': 'check',
  'net.dns': 'network',
  'net.timeout': 'retry',
  'net.tls': 'certificates',
  'net.proxy': 'network',
  'net.proxy.down': 'network',
  'net.proxy.away': 'network',
  'net.proxy.refused': 'network',
  'net.proxy.unusable': 'network',
  'net.roots': 'network',
  'net.portal': 'portal',
  'auth.key': 'profile',
  'auth.sign': 'profile',
  'auth.clock': 'date',
  'auth.ram': 'policy',
  'auth.sts': 'token',
  'auth.closed': 'console',
  'auth.debt': 'console',
  'auth.setup': 'console',
  'auth.bucket': 'console',
  'auth.endpoint': 'profile',
  'auth.region': 'profile',
  'cred.expired': 'retry',
  'cred.pasted.expired': 'pair',
  'cred.refresh': 'retry',
  'cred.base64': 'pair',
  'cred.json': 'pair',
  'cred.field': 'pair',
  'cred.swapped': 'pair',
  'cred.mismatch': 'retry',
  'cred.address': 'profile',
  'srv.down': 'retry',
  'srv.auth': 'profile',
  'srv.shape': 'answer',
  'req.title': 'edit',
  'req.meta': 'edit',
  'req.ext': 'remove',
  'req.template': 'edit',
  'req.workflow': 'edit',
  'req.storage': 'edit',
  'req.category': 'edit',
  'req.app': 'edit',
  'req.throttle': 'retry',
  'req.server': 'retry',
  'media.gone': 'restart',
  'oss.noupload': 'restart',
  'oss.part': 'retry',
  'oss.crc': 'restart',
  'oss.denied': 'details',
  'oss.disabled': 'console',
  'oss.endpoint': 'details',
  'file.gone': 'locate',
  'file.silent': 'retry',
  'file.drive': 'retry',
  'file.changed': 'restart',
  'file.read': 'reveal',
  'file.empty': 'remove',
  'file.large': 'remove',
  'file.name': 'remove',
  'file.denied': 'reveal',
  'file.handles': 'retry',
  'file.absent': 'remove',
  'file.address': 'remove',
  'file.special': 'remove',
  'file.partial': 'remove',
  'file.telemetry': 'remove',
  'folder.empty': 'remove',
  'vod.refused': 'details',
  'vod.notyet': 'retry',
  'vod.unasked': 'policy',
  'file.unknown': 'remove',
  'file.page': 'remove',
  'file.zeros': 'remove',
  'file.playlist': 'remove',
  'file.fork': 'remove',
  'file.subtitle': 'remove',
  'file.unfinished': 'anyway',
  'vod.UploadFail': 'restart',
  'vod.TranscodeFail': 'console',
  'vod.ProduceFail': 'console',
  'vod.Blocked': 'console',
  'vod.unknown': 'console',
  'key.locked': 'unlock',
  'key.none': 'keep',
  'conf.file': 'config',
  'disk.full': 'notice',
  'db.broken': 'notice',
  'db.damaged': 'notice',
  'db.rows': 'notice',
  'db.write': 'notice',
  'db.busy': 'details',
  'db.newer': 'details',
  unknown: 'details',
};

// The core's figures are raw: seconds, bytes, minutes.
function readable(facts: FaultView['facts']): Facts {
  const readable: Facts = { ...facts };
  const raw = (name: string) => (/^-?\d+$/.test(facts[name] ?? '') ? Math.abs(Number(facts[name])) : null);
  const [d, bytes, limit, minutes] = [raw('d'), raw('size'), raw('limit'), raw('minutes')];
  if (d !== null) readable.d = left(d * 1000);
  if (bytes !== null) readable.size = size(bytes);
  if (limit !== null) readable.limit = size(limit);
  if (minutes !== null) readable.minutes = t('u.min', { n: minutes });
  return readable;
}

/** What the one action of a fault does. */
export function remedy(fault: FaultView): Remedy {
  return remedies[fault.code];
}

/** What has to be left out so that VOD's own default takes the place of what it does not find; null where it has none. */
export function without(fault: FaultView): Partial<About> | null {
  switch (fault.code) {
    case 'req.template':
    case 'req.workflow':
      return { templateGroup: null, workflow: null };
    case 'req.storage':
      return { storage: null };
    case 'req.category':
      return { category: null };
    case 'req.app':
      return { appId: null };
    default:
      return null;
  }
}

/** The short cause, for a row. */
export function cause(fault: FaultView): string {
  return whole(fault, 'cause') ?? '';
}

/** The explanation, for a card. Left out when the cloud did not give the facts it names. */
export function why(fault: FaultView): string {
  return whole(fault, 'why') ?? '';
}

// A sentence without holes: where a fact is not given, the form that names fewer.
function whole(fault: FaultView, part: 'cause' | 'why'): string | null {
  const key = `fault.${fault.code}.${part}`;
  for (const form of [key, `${key}.bare`]) {
    if (words.has(form) && words.needs(form).every((name) => fault.facts[name]?.trim())) {
      return t(form, readable(fault.facts));
    }
  }
  return null;
}

/** The label of the one action. */
export function act(fault: FaultView): string {
  return t(`fault.${fault.code}.act` as Key, fault.facts);
}

/** What was not done as asked: a title, and a sentence for each file or name. */
export interface Remarks {
  title: string;
  lines: string[];
  /** What lay in a folder and was not meant: one line, the list behind it. */
  omitted: { title: string; lines: string[] } | null;
}

/** What of an offer did not become a transfer, or not as its name says; null when all of it did. */
export function leftOut({ leftOut: files, more, apart, omitted: beside }: Added): Remarks | null {
  const n = files.length + more;
  const rest = beside.total > 0 ? { title: omitted(beside), lines: omittedLines(beside) } : null;
  if (n + apart.length === 0) return rest && { title: rest.title, lines: [], omitted: rest };
  const lines = files.map(skipped);
  if (more > 0) lines.push(t('drop.skip.more', { n: more }));
  lines.push(...apart.map((name) => t('drop.apart', { name })));
  return { title: n > 0 ? t('drop.left', { n }) : t('drop.apart.title'), lines, omitted: rest };
}

/** A file that is not taken, and why, as one sentence. */
export function skipped({ name, fault }: Skipped): string {
  if (fault.code === 'req.ext') return t('drop.skip', { name, ext: fault.facts.ext ?? '' });
  return t('drop.skip.why', { name, cause: cause(fault) });
}

/** What lies in a folder and is not meant, counted by reason, in one line. */
export function omitted({ total, reasons }: Omitted): string {
  const counted = reasons.map(({ reason, count }) => t(`left.${reason}`, { n: count }));
  return t('left.out', { n: total, list: list(counted) });
}

function omittedLines({ total, files }: Omitted): string[] {
  const lines = files.map(({ name, reason }) => t('left.line', { name, why: t(`left.one.${reason}`) }));
  if (total > files.length) lines.push(t('drop.skip.more', { n: total - files.length }));
  return lines;
}

/** A rejected command answers with a fault; anything else is an unknown one. */
export function asFault(error: unknown): FaultView {
  if (typeof error === 'object' && error !== null && 'code' in error && 'facts' in error) return error as FaultView;
  return { code: 'unknown', facts: {}, operation: null, cloudCode: null, cloudMessage: null, requestId: null };
}

/** Everything the cloud's support would ask for. The core has already removed secrets. */
export function report(fault: FaultView): string {
  const { code, operation, cloudCode, cloudMessage, requestId } = fault;
  return [cause(fault), why(fault), code, operation, cloudCode, cloudMessage, requestId].filter(Boolean).join('\n');
}

/** What is worth telling of a file, as a sentence. */
export function remark({ code, facts }: Remark): string {
  const field = facts?.field && t(`remark.field.${facts.field}` as Key);
  return t(`remark.${code}`, field ? { ...facts, field } : facts);
}
