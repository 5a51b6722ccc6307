// What a person can do to transfers, with its way back. Asks the host; draws nothing.
import type { About, FaultView, Kind, PolicyScope, Profile, Row, TransferId } from '../host/bindings';
import { t } from '../i18n/i18n.svelte';
import type { App, Evidence } from './app.svelte';
import { leftOut, remedy, report } from './faults';

export class Actions {
  #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  /** Asks the host and shows a refusal where the person looks. */
  ask(promise: Promise<unknown>): void {
    promise.catch(this.#app.refused);
  }

  /** Rows of these ids; a parent covers its children unless a child alone is meant. */
  rows(ids: TransferId[]): Row[] {
    const all = new Set(ids);
    for (const id of ids) for (const child of this.#app.queue.childrenOf(id)) all.add(child.id);
    return [...all].flatMap((id) => this.#app.transfers.get(id)?.row ?? []);
  }

  #able(ids: TransferId[], can: keyof Row['can']): TransferId[] {
    return this.rows(ids)
      .filter((row) => row.can[can])
      .map((row) => row.id);
  }

  #send(ids: TransferId[], what: (ids: TransferId[]) => Promise<void>): void {
    if (ids.length > 0) this.ask(what(ids));
  }

  pause = (ids: TransferId[]) => this.#hold(ids, 'pause', 'paused');
  resume = (ids: TransferId[]) => this.#hold(ids, 'resume', 'resumed');
  retry = (ids: TransferId[]) => this.#send(this.#able(ids, 'retry'), this.#app.host.retry);
  next = (ids: TransferId[]) => this.#reorder(ids, () => this.#app.host.next(ids));

  restart = (ids: TransferId[]) => {
    this.#send(this.#able(ids, 'restart'), this.#app.host.restart);
  };

  // Told aloud as it was asked for: one by its title, several by their number.
  #hold(ids: TransferId[], what: 'pause' | 'resume', told: 'paused' | 'resumed'): void {
    const able = this.#able(ids, what);
    if (able.length === 0) return;
    this.#send(able, this.#app.host[what]);
    const [n, title] = [able.length, this.#title(able)];
    this.#app.announcer.say(n === 1 ? t(`sr.${told}`, { title }) : t(`sr.${told}N`, { n }));
  }

  /** Pauses what runs; when nothing does, lets it go on. */
  toggle(ids: TransferId[]): void {
    if (this.#able(ids, 'pause').length > 0) this.pause(ids);
    else this.resume(ids);
  }

  #everything(): TransferId[] {
    return this.#app.transfers.all().map((transfer) => transfer.id);
  }

  get mayPause(): boolean {
    return this.#app.transfers.totals.canPause;
  }

  get mayResume(): boolean {
    return this.#app.transfers.totals.canResume;
  }

  toggleAll(): void {
    this.toggle(this.#everything());
  }

  cancel(ids: TransferId[]): void {
    const targets = this.#able(ids, 'cancel');
    if (targets.length === 0) return;
    const { host } = this.#app;
    const redo = () => host.cancel(targets);
    this.ask(redo());
    const n = ids.length;
    const text = n === 1 ? t('toast.cancelled', { title: this.#title(ids) }) : t('toast.cancelledN', { n });
    this.#app.undo.tell(text, 'circle-slash', { redo, undo: () => host.uncancel(targets) });
  }

  /** Takes rows from the list; what still runs is cancelled with it, as one step. */
  remove(ids: TransferId[]): void {
    const rows = this.rows(ids);
    if (rows.length === 0) return;
    const all = rows.map((row) => row.id);
    const running = rows.filter((row) => row.can.cancel && !row.can.remove).map((row) => row.id);
    const { host } = this.#app;
    const redo = async () => {
      if (running.length > 0) await host.cancel(running);
      await host.remove(all);
    };
    const undo = async () => {
      await host.restore(all);
      if (running.length > 0) await host.uncancel(running);
    };
    const n = ids.length;
    const text = n === 1 ? t('toast.removed', { title: this.#title(ids) }) : t('toast.removedN', { n });
    this.#cursorAfter(ids);
    this.ask(redo());
    this.#app.undo.tell(text, 'trash', { redo, undo });
  }

  // The cursor goes to the neighbour, so that the next key does not start from the top.
  #cursorAfter(ids: TransferId[]): void {
    const { queue } = this.#app;
    const lines = queue.layout.lines;
    const last = lines.findLastIndex((line) => ids.includes(line.key));
    const left = [...lines.slice(last + 1), ...lines.slice(0, Math.max(0, last)).reverse()];
    const neighbour = left.find((line) => !ids.includes(line.key));
    queue.cursor = neighbour?.key ?? null;
    queue.clear();
  }

  #title(ids: TransferId[]): string {
    return this.#app.transfers.get(ids[0] ?? null)?.row.title ?? '';
  }

  /** Moves waiting rows by one place among their own. */
  move(ids: TransferId[], by: -1 | 1): void {
    const order = this.#app.transfers.all().filter(({ row }) => row.parent === null);
    const peers = order.filter(({ row }) => row.status === 'waiting' || row.status === 'paused').map(({ id }) => id);
    const places = ids.map((id) => peers.indexOf(id)).filter((place) => place >= 0);
    const [first, last] = [Math.min(...places), Math.max(...places)];
    const target = by < 0 ? first - 1 : last + 1;
    if (places.length === 0 || target < 0 || target >= peers.length) return;
    this.reorder(ids, by < 0 ? (peers[target] ?? null) : (peers[target + 1] ?? null));
  }

  reorder(ids: TransferId[], before: TransferId | null): void {
    this.#reorder(ids, () => this.#app.host.reorder(ids, before));
  }

  #reorder(ids: TransferId[], redo: () => Promise<void>): void {
    const order = this.#app.transfers.all().map((transfer) => transfer.id);
    const places = ids.map((id) => order.indexOf(id)).sort((a, b) => b - a);
    // From the last to the first, each before what stood after it: that one is in its place again.
    const undo = async () => {
      for (const place of places) await this.#app.host.reorder(order.slice(place, place + 1), order[place + 1] ?? null);
    };
    this.ask(redo());
    this.#app.undo.tell(t('toast.moved'), 'list', { redo, undo });
  }

  async edit(ids: TransferId[], patch: Partial<About>): Promise<void> {
    await this.#app.host.edit(ids, patch);
  }

  copyIds(ids: TransferId[]): void {
    this.ask(this.#app.host.copyMediaIds(ids));
    const n = ids.filter((id) => this.#app.transfers.get(id)?.row.mediaId).length;
    this.#app.undo.tell(n > 0 ? t('toast.copied', { n }) : t('act.copied'), 'copy');
  }

  copy(text: string, told = t('act.copied')): void {
    this.ask(this.#app.host.copy(text));
    this.#app.undo.tell(told, 'copy');
  }

  async copyPolicy(scope: PolicyScope): Promise<void> {
    const policy = await this.#app.host.policy(scope).catch(this.#app.refused);
    if (policy) this.copy(policy, t('prof.policy.copied'));
  }

  attach(ids: TransferId[], parent: TransferId | null): void {
    const { host, queue, undo } = this.#app;
    const before = new Map<TransferId | null, TransferId[]>();
    for (const id of ids) {
      const was = this.#app.transfers.get(id)?.row.parent ?? null;
      before.set(was, [...(before.get(was) ?? []), id]);
    }
    const redo = () => host.attach(ids, parent);
    const back = async () => {
      for (const [was, some] of before) await host.attach(some, was);
    };
    this.ask(redo());
    undo.tell(t(parent === null ? 'toast.detached' : 'toast.attached', { n: ids.length }), 'layers', {
      redo,
      undo: back,
    });
    if (parent !== null) queue.toggleOpen(parent, true);
  }

  /** The decision on a file that looks the same as another: send it, or leave it out. */
  /** What the user says a file is; empty: by its content. */
  setKind(id: TransferId, kind: string): void {
    this.ask(this.#app.host.setKind(id, kind === '' ? null : (kind as Kind)));
  }

  sendAnyway(ids: TransferId[]): void {
    for (const id of ids) this.ask(this.#app.host.sendAnyway(id));
  }

  async pick(what: 'files' | 'folder', attachTo: TransferId | null = null): Promise<void> {
    const offer = await this.#app.host.pick(what).catch(this.#app.refused);
    if (offer) await this.add(offer.id, true, attachTo);
  }

  async add(offer: string, start: boolean, attachTo: TransferId | null): Promise<void> {
    const { host, undo, queue, announcer, drop } = this.#app;
    const added = await host.add(offer, start, attachTo).catch(this.#app.refused);
    if (!added) return;
    const { ids } = added;
    const remarks = leftOut(added);
    if (remarks) {
      drop.leftOut = remarks;
      announcer.say([remarks.title, ...remarks.lines.slice(0, 2)].join('. '));
    }
    const n = ids.length;
    if (n > 0 || remarks) this.#app.page = 'queue';
    if (n === 0) return;
    const step = { undo: () => host.remove(ids), redo: () => host.restore(ids) };
    undo.tell(t('drop.added', { n }), 'plus', step);
    announcer.say(t('sr.added', { n }));
    if (attachTo !== null) queue.toggleOpen(attachTo, true);
    queue.wanted = ids[0] ?? null;
  }

  /** The one action of a fault. */
  async remedy(fault: FaultView, id: TransferId): Promise<void> {
    const { host, inspector } = this.#app;
    switch (remedy(fault)) {
      case 'check':
        return this.ask(host.checkNow());
      case 'network':
        return this.#app.go('settings', 'network');
      case 'retry':
        return this.#send([id], host.retry);
      case 'restart':
        return this.#send([id], host.restart);
      case 'profile':
        return this.#app.editProfile(this.#profileOf(id));
      case 'token':
        return this.#app.editProfile(this.#profileOf(id), 'token');
      case 'keep':
        return this.#app.editProfile(this.#profileOf(id), 'secret');
      case 'date':
        return this.dateSettings();
      case 'certificates':
        return this.#show(host.certificates(id).then((shown) => ({ kind: 'certificates', shown, id })));
      case 'answer':
        return this.#show(host.answer(id).then((text) => ({ kind: 'answer', text, id })));
      case 'portal':
        return this.ask(host.openNetworkPage());
      case 'policy':
        return this.copyPolicy('upload');
      case 'console':
        return this.ask(host.openConsole(id));
      case 'pair':
        return this.#app.pastePair(id);
      case 'remove':
        return this.remove([id]);
      case 'edit':
        return inspector.ask(id, fieldOf(fault));
      case 'locate':
        return this.ask(host.locate(id));
      case 'reveal':
        return this.ask(host.reveal(id));
      case 'unlock':
        return this.ask(host.unlockKeyring());
      case 'details':
        return this.copy(report(fault));
      case 'config':
        return this.ask(host.showConfig());
      case 'notice':
        return this.ask(host.showNotice());
      case 'anyway':
        return this.sendAnyway([id]);
    }
  }

  // The profile a transfer goes out by, which need not be the one in use.
  #profileOf(id: TransferId): Profile | null {
    const { session, transfers } = this.#app;
    const account = transfers.get(id)?.row.account;
    return session.profiles.find((profile) => profile.name === account) ?? session.profile;
  }

  async #show(evidence: Promise<Evidence>): Promise<void> {
    const shown = await evidence.catch(this.#app.refused);
    if (shown) this.#app.evidence = shown;
  }

  /** The date settings of the system; where it has none that can be opened, that is said. */
  async dateSettings(): Promise<void> {
    const opened = await this.#app.host.dateSettings().catch(this.#app.refused);
    if (opened === false) this.#app.undo.tell(t('toast.noDate'), 'clock');
  }
}

/** The field of the inspector a fault speaks of. */
function fieldOf(fault: FaultView): string {
  const fields: Record<string, string> = {
    'req.template': 'processing',
    'req.workflow': 'processing',
    'req.storage': 'storage',
    'req.category': 'category',
    // VOD names the field it does not accept.
    Description: 'description',
    Tags: 'tags',
    UserData: 'userData',
    StorageLocation: 'storage',
    TemplateGroupId: 'processing',
    WorkflowId: 'processing',
    CateId: 'category',
    CateIds: 'category',
  };
  return fields[fault.code] ?? fields[fault.facts.field ?? ''] ?? 'title';
}
