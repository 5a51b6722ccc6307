// Everything the palette offers: commands with the reason when they cannot run, transfers, and settings.
import type { Row, Settings, TransferId } from '../host/bindings';
import { languages, t, words, type Facts, type Key } from '../i18n/i18n.svelte';
import type { IconName } from '../parts/icons';
import type { App, Page } from './app.svelte';
import { kindIcon } from './cell';
import { cause } from './faults';
import type { Choice, Kind } from './palette.svelte';
import { modeOf } from './settings-limit';
import { cap } from './single-keys';

interface Made {
  id?: string;
  icon: IconName;
  key: Key;
  facts?: Facts;
  hint?: string;
  keys?: string[];
  reason?: string | null;
  run: () => void;
}

export function choices(app: App): Choice[] {
  return [...commands(app), ...transfers(app), ...settings(app)];
}

// Found by its name in both languages; facts that are keys themselves are named in each.
function choice(kind: Kind, made: Made): Choice {
  const { key, facts, hint = '', keys = [], reason = null } = made;
  const texts = [t(key, facts), ...languages.map((language) => words.text(key, facts, language)), hint];
  return { id: made.id ?? key, kind, icon: made.icon, label: t(key, facts), hint, keys, reason, run: made.run, texts };
}

function commands(app: App): Choice[] {
  const list = [...onAll(app), ...onSelected(app), ...onApp(app)];
  return list.map((made) => choice('cmd', made));
}

const when = (can: boolean, otherwise: Key): string | null => (can ? null : t(otherwise));

function onAll(app: App): Made[] {
  const { actions, host } = app;
  const rows = app.transfers.all().map((transfer) => transfer.row);
  const ids = (test: (row: Row) => boolean) => rows.filter(test).map((row) => row.id);
  const failed = ids((row) => row.can.retry);
  const done = ids((row) => row.parent === null && (row.status === 'done' || row.status === 'cancelled'));
  const running = ids((row) => row.can.pause);
  const paused = ids((row) => row.can.resume);
  const limit = app.session.settings?.limit;
  return [
    { icon: 'plus', key: 'act.add', keys: ['Ctrl', 'O'], run: () => void actions.pick('files') },
    { icon: 'folder-plus', key: 'act.addFolder', keys: ['Ctrl', 'Shift', 'O'], run: () => void actions.pick('folder') },
    {
      icon: 'pause',
      key: 'act.pauseAll',
      keys: ['Ctrl', 'Shift', 'P'],
      reason: when(running.length > 0, 'cmd.no.run'),
      run: () => actions.pause(running),
    },
    {
      icon: 'play',
      key: 'act.resumeAll',
      reason: when(paused.length > 0, 'cmd.no.paused'),
      run: () => actions.resume(paused),
    },
    {
      icon: 'rotate-cw',
      key: 'cmd.retryAll',
      reason: when(failed.length > 0, 'cmd.no.failed'),
      run: () => actions.retry(failed),
    },
    {
      icon: 'check',
      key: 'cmd.clearDone',
      reason: when(done.length > 0, 'cmd.no.done'),
      run: () => actions.remove(done),
    },
    {
      icon: 'turtle',
      key: limit?.on ? 'cmd.limitOff' : 'cmd.limitOn',
      run: () => limit && app.preferences.change({ limit: { ...limit, on: !limit.on } }, t('set.limit')),
    },
    { icon: 'clipboard-paste', key: 'cmd.pair', run: () => app.pastePair() },
    { icon: 'download', key: 'his.export', run: () => actions.ask(host.historyExport(EVERYTHING)) },
  ];
}

const EVERYTHING = { text: '', outcome: 'all', kind: '', sinceMs: 0, offset: 0, limit: 0 };

function onSelected(app: App): Made[] {
  const { actions, queue } = app;
  const chosen = queue.chosen;
  const { singles } = app.session;
  const ids: TransferId[] = chosen.map((transfer) => transfer.id);
  const rows = actions.rows(ids);
  const only = chosen.length === 1 ? (chosen[0]?.row.title ?? '') : '';
  const hint = ids.length > 1 ? t('sel.count', { n: ids.length }) : only;
  const can = (what: keyof Row['can'], otherwise: Key) =>
    ids.length === 0
      ? t('cmd.no.sel')
      : when(
          rows.some((row) => row.can[what]),
          otherwise,
        );
  const any = when(ids.length > 0, 'cmd.no.sel');
  const issued =
    any ??
    when(
      rows.some((row) => row.mediaId !== null),
      'cmd.no.id',
    );
  return [
    {
      icon: 'circle-pause',
      key: 'cmd.pauseSel',
      hint,
      ...(singles ? { keys: [cap(singles.pause)] } : {}),
      reason: can('pause', 'cmd.no.run'),
      run: () => actions.pause(ids),
    },
    {
      icon: 'play',
      key: 'cmd.resumeSel',
      hint,
      reason: can('resume', 'cmd.no.paused'),
      run: () => actions.resume(ids),
    },
    {
      icon: 'rotate-cw',
      key: 'cmd.retrySel',
      hint,
      keys: ['Ctrl', 'R'],
      reason: can('retry', 'cmd.no.failed'),
      run: () => actions.retry(ids),
    },
    { icon: 'arrow-up-to-line', key: 'act.next', hint, reason: any, run: () => actions.next(ids) },
    { icon: 'copy', key: 'act.copyId', hint, keys: ['Ctrl', 'C'], reason: issued, run: () => actions.copyIds(ids) },
    {
      icon: 'pencil',
      key: 'cmd.editSel',
      hint,
      keys: ['Ctrl', 'I'],
      reason: any,
      run: () => app.inspector.toggle(true),
    },
    { icon: 'trash', key: 'cmd.removeSel', hint, keys: ['Del'], reason: any, run: () => actions.remove(ids) },
  ];
}

function onApp(app: App): Made[] {
  const { session, preferences, undo } = app;
  const pages: [Page, IconName, string][] = [
    ['queue', 'list', '1'],
    ['history', 'history', '2'],
    ['decode', 'scan-text', '3'],
    ['settings', 'settings-2', ','],
  ];
  const themes = ['light', 'dark', 'system'] as const;
  return [
    ...pages.map(([page, icon, digit]): Made => ({
      id: `go.${page}`,
      icon,
      key: `nav.${page}`,
      keys: ['Ctrl', digit],
      run: () => app.go(page),
    })),
    { icon: 'undo-2', key: 'act.undo', keys: ['Ctrl', 'Z'], run: () => void undo.undo() },
    ...session.profiles
      .filter((profile) => !profile.active)
      .map(({ name, sandbox }): Made => ({
        id: `use.${name}`,
        icon: sandbox ? 'flask-conical' : 'cloud',
        key: 'cmd.use',
        facts: { name },
        run: () => app.actions.ask(app.host.useProfile(name).then(() => app.connected())),
      })),
    { icon: 'plus', key: 'app.menu.new', run: () => app.newProfile() },
    ...themes.map((theme): Made => ({
      icon: theme === 'dark' ? 'moon' : theme === 'light' ? 'sun' : 'monitor',
      key: `theme.${theme}`,
      run: () => preferences.change({ theme }, t('set.theme')),
    })),
    ...languages.map((language): Made => ({
      id: `language.${language}`,
      icon: 'languages',
      key: 'cmd.language',
      facts: { name: words.text('lang.name', {}, language) },
      run: () => preferences.change({ language }, t('set.language')),
    })),
    {
      icon: 'keyboard',
      key: 'keys.title',
      ...(app.session.singles ? { keys: [cap(app.session.singles.help)] } : {}),
      run: () => (app.shortcuts = true),
    },
    { icon: 'x', key: 'cmd.quit', run: () => app.actions.ask(app.host.quit()) },
  ];
}

function transfers(app: App): Choice[] {
  return app.transfers.all().map(({ row }) => {
    const hint = row.fault ? cause(row.fault) : t(`st.${STATUS[row.status]}` as Key);
    return {
      id: `transfer.${row.id}`,
      kind: 'trf',
      icon: kindIcon[row.kind],
      label: row.title || row.name,
      hint,
      keys: ['Enter'],
      reason: null,
      texts: [row.title, row.name, row.mediaId ?? ''].filter(Boolean),
      run: () => show(app, row.id),
    };
  });
}

const STATUS: Record<Row['status'], string> = {
  waiting: 'wait',
  preparing: 'prep',
  requesting: 'cred',
  uploading: 'up',
  refreshing: 'refresh',
  resting: 'wait',
  held: 'wait',
  verifying: 'verify',
  processing: 'processing',
  linking: 'done.linking',
  done: 'done',
  paused: 'pause',
  failed: 'fail',
  cancelled: 'cancel',
};

function show(app: App, id: TransferId): void {
  const parent = app.transfers.get(id)?.row.parent ?? null;
  app.go('queue');
  app.queue.showAll();
  app.search.clear();
  if (parent !== null) app.queue.toggleOpen(parent, true);
  app.queue.select(id);
  app.queue.wanted = id;
}

type Setting = [section: string, key: Key, hint: (held: Settings) => string];

const SETTINGS: Setting[] = [
  ['transfers', 'set.files', (held) => String(held.files)],
  ['transfers', 'set.parts', (held) => (held.parts ? String(held.parts) : t('set.auto'))],
  ['transfers', 'set.size', (held) => (held.partMib ? `${held.partMib} MB` : t('set.auto'))],
  ['transfers', 'set.limit', (held) => t(LIMIT[modeOf(held.limit)])],
  ['transfers', 'set.awake', () => ''],
  ['transfers', 'set.verify', () => t('set.verify.on')],
  ['transfers', 'set.changed', (held) => t(held.restartChanged ? 'set.changed.restart' : 'set.changed.ask')],
  ['transfers', 'set.wait', () => ''],
  [
    'transfers',
    'set.keep',
    (held) => (held.keepHistory ? t('set.keep.days', { n: held.keepHistory }) : t('set.keep.ever')),
  ],
  ['transfers', 'set.whenDone', (held) => t(`set.whenDone.${held.whenDone}`)],
  ['transfers', 'set.autostart', () => ''],
  ['network', 'set.proxy', (held) => t(`set.proxy.${held.proxy.mode}`)],
  ['network', 'set.endpoint', () => ''],
  ['network', 'set.root', () => ''],
  ['network', 'set.test', () => ''],
  ['notifications', 'set.s.notifications', () => ''],
  ['appearance', 'set.theme', (held) => t(`set.theme.${held.theme}`)],
  ['appearance', 'set.language', () => words.text('lang.name')],
  ['appearance', 'set.density', (held) => t(`set.density.${held.density}`)],
  ['appearance', 'set.motion', () => ''],
  ['profiles', 'set.s.profiles', () => ''],
  ['shortcuts', 'set.single', () => ''],
  ['about', 'set.s.about', () => ''],
];
const LIMIT: Record<ReturnType<typeof modeOf>, Key> = {
  off: 'limit.off',
  always: 'set.limit.always',
  schedule: 'set.limit.schedule',
};

function settings(app: App): Choice[] {
  const held = app.session.settings;
  if (!held) return [];
  return SETTINGS.map(([section, key, hint]) =>
    choice('set', { icon: 'settings-2', key, hint: hint(held), run: () => app.go('settings', section) }),
  );
}
