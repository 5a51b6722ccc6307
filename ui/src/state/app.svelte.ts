// The whole page as one object: the state classes, wired to a host and to each other.
import { createContext } from 'svelte';

import type { Certificates, Desk, Frame, Profile, Row, TransferId, WhenDone } from '../host/bindings';
import type { Host } from '../host/host';
import { t } from '../i18n/i18n.svelte';
import { Actions } from './actions';
import { Announcer } from './announcer.svelte';
import { Drop } from './drop.svelte';
import { asFault, cause } from './faults';
import { Inspector } from './inspector.svelte';
import { Queue } from './queue.svelte';
import { Search } from './search.svelte';
import { SessionState } from './session.svelte';
import { Preferences } from './settings.svelte';
import { Stills, type Draw } from './stills';
import { Transfers } from './transfers.svelte';
import { Undo } from './undo.svelte';
import { Zoom } from './zoom';

export type Page = 'queue' | 'history' | 'decode' | 'settings';
export type Method = 'key' | 'server' | 'pair';
/** The profile dialog: a new profile, one to edit, or a pair for a transfer that waits for it. */
export interface ProfileDialog {
  method: Method;
  edit: Profile | null;
  transfer: TransferId | null;
  /** The secret that is asked for. */
  field: 'secret' | 'token' | null;
}

/** What stands behind the fault of a transfer. */
export type Evidence =
  | { kind: 'certificates'; shown: Certificates; id: TransferId }
  | { kind: 'answer'; text: string | null; id: TransferId };

const BEAT = 500;
const SECOND = 1000;

export class App {
  readonly announcer = new Announcer();
  readonly drop = new Drop();
  readonly transfers = new Transfers((after, before) => this.#told(after, before));
  readonly queue = new Queue(this.transfers);
  readonly search: Search;
  readonly undo = new Undo((error) => this.refused(error));
  readonly stills: Stills;
  readonly zoom: Zoom;
  readonly session: SessionState;
  readonly inspector: Inspector;
  readonly actions: Actions;
  readonly preferences: Preferences;

  page = $state<Page>('queue');
  /** The part of a page that is asked for: a section of the settings. */
  section = $state<string | null>(null);
  profileDialog = $state.raw<ProfileDialog | null>(null);
  evidence = $state.raw<Evidence | null>(null);
  palette = $state(false);
  /** What happens soon because everything is done, and when by `performance.now()`. */
  ending = $state.raw<{ what: Exclude<WhenDone, 'nothing'>; at: number } | null>(null);
  /** The sheet of shortcuts. */
  shortcuts = $state(false);

  /** There is something to show: a profile, or a file that was sent with a pasted pair and has none. */
  inside = $derived.by(() => this.session.profile !== null || this.transfers.totals.counts.all > 0);

  #frames: Frame[] = [];
  #pasted: string | null = null;
  #scheduled = false;

  constructor(
    readonly host: Host,
    draw?: Draw,
  ) {
    this.stills = new Stills(host, draw);
    this.zoom = new Zoom(host);
    this.session = new SessionState(host);
    this.inspector = new Inspector(host);
    this.actions = new Actions(this);
    this.search = new Search(host, this.queue, (error) => this.refused(error));
    const { session, undo } = this;
    this.preferences = new Preferences(
      () => session.settings,
      (change) => session.save(change),
      undo,
      this.refused,
    );
  }

  /** Asks for the session, then listens. Gives back what stops the clocks. */
  async start(): Promise<() => void> {
    this.zoom.restore();
    this.session.hear(await this.host.session());
    await this.host.desk((word) => this.#desk(word));
    await this.host.watch((frame) => this.#frame(frame));
    let last = performance.now();
    const timer = setInterval(() => {
      const now = performance.now();
      if (Math.floor(now / SECOND) !== Math.floor(last / SECOND)) this.transfers.tick(now);
      this.queue.settle(now);
      this.undo.tick(now - last);
      last = now;
    }, BEAT);
    this.transfers.tick(last);
    return () => clearInterval(timer);
  }

  /** A refused command: said where the person looks. */
  refused = (error: unknown): undefined => {
    this.undo.tell(t('toast.failed', { cause: cause(asFault(error)) }), 'circle-alert');
  };

  go(page: Page, section: string | null = null): void {
    this.page = page;
    this.section = section;
  }

  /** Opens Decode with a pasted pair. It stands in no state that a view could draw. */
  decodePasted(text: string): void {
    this.#pasted = text;
    this.go('decode');
  }

  takePasted(): string | null {
    const text = this.#pasted;
    this.#pasted = null;
    return text;
  }

  newProfile(method: Method = 'key'): void {
    this.profileDialog = { method, edit: null, transfer: null, field: null };
  }

  editProfile(profile: Profile | null = this.session.profile, field: ProfileDialog['field'] = null): void {
    const method = profile?.source === 'server' ? 'server' : 'key';
    this.profileDialog = { method, edit: profile, transfer: null, field };
  }

  pastePair(transfer: TransferId | null = null): void {
    this.profileDialog = { method: 'pair', edit: null, transfer, field: null };
  }

  /** After the first profile: the session anew, and what was dropped before it. */
  async connected(): Promise<void> {
    this.session.hear(await this.host.session());
    const pending = this.drop.pending;
    this.drop.pending = null;
    if (pending) await this.actions.add(pending.offer, pending.start, null);
  }

  // All frames of one animation frame are drawn together; a hidden page has none and takes them at once.
  #frame(frame: Frame): void {
    this.#frames.push(frame);
    if (document.hidden) return this.#draw();
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#scheduled = false;
    const frames = this.#frames;
    this.#frames = [];
    const before = this.transfers.totals;
    for (const frame of frames) {
      if (this.transfers.apply(frame, performance.now())) continue;
      void this.host.watch((next) => this.#frame(next));
      break;
    }
    this.queue.prune();
    const { online, notice } = this.transfers.totals;
    if (online !== before.online) this.announcer.say(t(online ? 'sr.on' : 'sr.off'));
    if (notice && notice.code !== before.notice?.code) this.announcer.shout(cause(notice));
  }

  #told(after: Row, before: Row | null): void {
    if (!before) return;
    if (after.status === 'done' && before.status !== 'done') {
      this.announcer.say(t('sr.done', { title: after.title }));
    } else if (after.status === 'failed' && after.fault) {
      const sentence = t('sr.fail', { title: after.title, cause: cause(after.fault) });
      if (after.fault.code === 'key.locked') this.announcer.shout(sentence);
      else this.announcer.say(sentence);
    }
  }

  #desk(word: Desk): void {
    // The shell counts the window's pixels.
    const css = (pixels: number) => pixels / this.zoom.factor;
    switch (word.desk) {
      case 'enter':
        return this.drop.enter(word.offer, css(word.x), css(word.y));
      case 'move':
        return this.drop.move(css(word.x), css(word.y));
      case 'leave':
        return this.drop.leave();
      case 'offer':
        return this.drop.further(word.offer);
      case 'drop':
        return this.#dropped(word.offer, css(word.x), css(word.y));
      case 'open':
        return this.go(isPage(word.page) ? word.page : 'queue');
      case 'session':
        return this.session.hear(word.session);
      case 'ending':
        return this.#ending(word.what, word.leftMs);
    }
  }

  #ending(what: WhenDone, leftMs: number): void {
    this.ending = what === 'nothing' ? null : { what, at: performance.now() + leftMs };
    if (what !== 'nothing') this.announcer.shout(t(`end.${what}`, { n: Math.round(leftMs / SECOND) }));
  }

  #dropped(offer: string, x: number, y: number): void {
    this.drop.move(x, y);
    const { zone, target } = this.drop;
    const start = zone !== 'hold';
    this.drop.leave();
    if (this.session.profile) {
      void this.actions.add(offer, start, target);
      return;
    }
    this.drop.pending = { offer, start };
    this.newProfile();
  }
}

function isPage(page: string): page is Page {
  return page === 'queue' || page === 'history' || page === 'decode' || page === 'settings';
}

const [useApp, provideApp] = createContext<App>();
export { provideApp, useApp };
