// Every fault has one action, and the action does what its label says: the table of all of them, each tried.
import { beforeEach, expect, test, vi } from 'vitest';

import type { Code, Row } from '../host/bindings';
import { fakeHost } from '../host/fake';
import { fault, row as make, seeds } from '../host/fake-data';
import type { Host } from '../host/host';
import en from '../i18n/en.json';
import { words } from '../i18n/i18n.svelte';
import { App } from './app.svelte';

/** What the label promises, and what is asked of the host for it: with the transfer, with nothing, or something seen here. */
const TABLE: Record<Code, [act: string, does: string]> = {
  'net.offline': ['Check now', 'checkNow'],
  'net.dns': ['Network settings', 'page settings network'],
  'net.timeout': ['Retry', 'retry 1'],
  'net.tls': ['Show certificate', 'certificates 1'],
  'net.proxy': ['Network settings', 'page settings network'],
  'net.proxy.down': ['Network settings', 'page settings network'],
  'net.proxy.away': ['Network settings', 'page settings network'],
  'net.proxy.refused': ['Network settings', 'page settings network'],
  'net.proxy.unusable': ['Network settings', 'page settings network'],
  'net.roots': ['Network settings', 'page settings network'],
  'net.portal': ['Open page', 'openNetworkPage'],
  'auth.key': ['Edit profile', 'profile Second'],
  'auth.sign': ['Edit profile', 'profile Second'],
  'auth.clock': ['Date settings', 'dateSettings'],
  'auth.ram': ['Copy policy', 'policy upload'],
  'auth.sts': ['Replace token', 'profile Second token'],
  'auth.closed': ['Open console', 'openConsole 1'],
  'auth.debt': ['Open console', 'openConsole 1'],
  'auth.setup': ['Open console', 'openConsole 1'],
  'auth.bucket': ['Open console', 'openConsole 1'],
  'auth.endpoint': ['Edit profile', 'profile Second'],
  'auth.region': ['Change region', 'profile Second'],
  'cred.expired': ['Request a new one', 'retry 1'],
  'cred.pasted.expired': ['Paste a new pair', 'pair 1'],
  'cred.refresh': ['Try now', 'retry 1'],
  'cred.base64': ['Paste again', 'pair 1'],
  'cred.json': ['Paste again', 'pair 1'],
  'cred.field': ['Paste again', 'pair 1'],
  // In the dialog of the pair, where the two stand in their boxes, the same words swap them.
  'cred.swapped': ['Swap them', 'pair 1'],
  'cred.mismatch': ['Request a new one', 'retry 1'],
  'cred.address': ['Edit profile', 'profile Second'],
  'srv.down': ['Retry', 'retry 1'],
  'srv.auth': ['Edit profile', 'profile Second'],
  'srv.shape': ['Show answer, masked', 'answer 1'],
  'req.title': ['Edit title', 'field title'],
  'req.meta': ['Edit', 'field description'],
  'req.ext': ['Remove', 'remove 1'],
  'req.template': ['Choose another', 'field processing'],
  'req.workflow': ['Choose another', 'field processing'],
  'req.storage': ['Choose another', 'field storage'],
  'req.category': ['Choose another', 'field category'],
  'req.app': ['Edit', 'field title'],
  'req.throttle': ['Retry', 'retry 1'],
  'req.server': ['Retry', 'retry 1'],
  'media.gone': ['Upload as new', 'restart 1'],
  'oss.noupload': ['Start again', 'restart 1'],
  'oss.part': ['Retry', 'retry 1'],
  'oss.crc': ['Upload again', 'restart 1'],
  'oss.denied': ['Copy details', 'copy'],
  'oss.disabled': ['Open console', 'openConsole 1'],
  'oss.endpoint': ['Copy details', 'copy'],
  'file.gone': ['Locate file', 'locate 1'],
  'file.silent': ['Retry', 'retry 1'],
  'file.drive': ['Retry', 'retry 1'],
  'file.changed': ['Start again', 'restart 1'],
  'file.read': ['Show in folder', 'reveal 1'],
  'file.empty': ['Remove', 'remove 1'],
  'file.large': ['Remove', 'remove 1'],
  'file.name': ['Remove', 'remove 1'],
  'file.denied': ['Show in folder', 'reveal 1'],
  'file.handles': ['Retry', 'retry 1'],
  'file.absent': ['Remove', 'remove 1'],
  'file.address': ['Remove', 'remove 1'],
  'file.special': ['Remove', 'remove 1'],
  'file.partial': ['Remove', 'remove 1'],
  'file.telemetry': ['Remove', 'remove 1'],
  'folder.empty': ['Remove', 'remove 1'],
  'vod.refused': ['Copy details', 'copy'],
  'vod.notyet': ['Retry', 'retry 1'],
  'vod.unasked': ['Copy policy', 'policy upload'],
  'file.unknown': ['Remove', 'remove 1'],
  'file.page': ['Remove', 'remove 1'],
  'file.zeros': ['Remove', 'remove 1'],
  'file.playlist': ['Remove', 'remove 1'],
  'file.fork': ['Remove', 'remove 1'],
  'file.subtitle': ['Remove', 'remove 1'],
  'file.unfinished': ['Upload anyway', 'sendAnyway 1'],
  'vod.UploadFail': ['Upload again', 'restart 1'],
  'vod.TranscodeFail': ['Open in console', 'openConsole 1'],
  'vod.ProduceFail': ['Open in console', 'openConsole 1'],
  'vod.Blocked': ['Open in console', 'openConsole 1'],
  'vod.unknown': ['Open in console', 'openConsole 1'],
  'key.locked': ['Unlock', 'unlockKeyring'],
  'key.none': ['Keep for now', 'profile Second secret'],
  'conf.file': ['Show file', 'showConfig'],
  'disk.full': ['Show in folder', 'showNotice'],
  'db.broken': ['Show copy', 'showNotice'],
  'db.damaged': ['Show in folder', 'showNotice'],
  'db.rows': ['Show in folder', 'showNotice'],
  'db.write': ['Show in folder', 'showNotice'],
  'db.busy': ['Copy details', 'copy'],
  'db.newer': ['Copy details', 'copy'],
  unknown: ['Copy details', 'copy'],
};

/** The page with one failed transfer of the second profile, and a host that notes what it is asked. */
async function page(code: Code) {
  const base = fakeHost(new URLSearchParams('scene=queue&still'));
  const asked: string[] = [];
  const host = new Proxy(base, {
    get: (own, name: keyof Host) => async (first: unknown, second: unknown) => {
      const named = Array.isArray(first) ? first.join() : first === undefined ? '' : String(first);
      asked.push(name === 'copy' ? 'copy' : `${name} ${named}`.trim());
      return (own[name] as (...words: unknown[]) => unknown)(first, second);
    },
  });
  const app = new App(host);
  const session = await base.session();
  const [first] = session.profiles;
  if (!first) throw new Error('no profile');
  app.session.hear({ ...session, profiles: [first, { ...first, name: 'Second', active: false }] });
  const seed = seeds[0];
  if (!seed) throw new Error('no row');
  const told = fault(code, code === 'req.meta' ? { field: 'Description' } : {});
  const row: Row = { ...make(seed, false, 0), id: '1', account: 'Second', status: 'failed', fault: told };
  app.transfers.apply({ frame: 'snapshot', rev: 0, rows: [row], totals: app.transfers.totals }, 0);
  asked.length = 0;
  await app.actions.remedy(told, '1');
  await vi.waitFor(() =>
    expect(asked.length + Number(app.profileDialog !== null) + Number(app.page !== 'queue')).toBeGreaterThan(0),
  );
  return { app, asked };
}

/** What has happened, in the words of the table. */
function seen(app: App, asked: string[]): string[] {
  const { profileDialog: dialog, page, section, inspector } = app;
  const here = [];
  if (page !== 'queue') here.push(`page ${page} ${section}`);
  if (dialog?.edit) here.push(['profile', dialog.edit.name, dialog.field].filter(Boolean).join(' '));
  if (dialog?.method === 'pair') here.push(`pair ${dialog.transfer}`);
  if (inspector.wanted) here.push(`field ${inspector.wanted}`);
  return [...here, ...asked];
}

beforeEach(() => {
  words.language = 'en';
});

test.each(Object.entries(TABLE))('%s offers what ui.md says and does it', async (code, [act, does]) => {
  expect(en[`fault.${code}.act` as keyof typeof en]).toBe(act);
  const { app, asked } = await page(code as Code);
  expect(seen(app, asked)).toContain(does);
});

test('certificates and answers are shown, and what cannot be shown is said', async () => {
  const tls = await page('net.tls');
  expect(tls.app.evidence).toMatchObject({ kind: 'certificates', id: '1', shown: { distrust: 'issuer' } });
  const shape = await page('srv.shape');
  expect(shape.app.evidence).toMatchObject({ kind: 'answer', id: '1' });
  // The imitated host has no date settings to open.
  const clock = await page('auth.clock');
  expect(clock.app.undo.toasts.map((toast) => toast.text)).toEqual([en['toast.noDate']]);
});
