// The profile dialog: what is typed, what is wrong with it, and what a test found. Secrets live here until it closes.
import type { Check, CheckWhat, FaultView, ProfileDraft, Source } from '../host/bindings';
import { t, type Key } from '../i18n/i18n.svelte';
import type { App, Method, ProfileDialog } from './app.svelte';
import { asFault, cause } from './faults';
import { Pair } from './pair.svelte';

/** One of the four lines of the test, in their reserved places. */
export interface CheckLine {
  label: string;
  ok: boolean | null;
  text: string;
}

export class ProfileForm {
  method = $state<Method>('key');
  name = $state('');
  region = $state('cn-shanghai');
  id = $state('');
  secret = $state('');
  token = $state('');
  withToken = $state(false);
  server = $state('');
  serverSecret = $state('');
  endpoint = $state('');
  withEndpoint = $state(false);
  /** A pasted pair; its secret stands in no state that a view could draw. */
  readonly pair = new Pair();
  /** The stored secret stays unless it is replaced. */
  replacing = $state(true);
  /** Errors appear once somebody has tried. */
  tried = $state(false);
  testing = $state(false);
  saving = $state(false);
  took = $state<number | null>(null);
  checks = $state.raw<Check[] | null>(null);
  refused = $state<string | null>(null);
  /** It is refused because the two halves of a pair stand in each other's place. */
  swapped = $state(false);

  #app: App;
  #dialog: ProfileDialog;

  constructor(app: App, dialog: ProfileDialog) {
    this.#app = app;
    this.#dialog = dialog;
    const { edit, method } = dialog;
    this.method = method;
    if (!edit) return;
    this.name = edit.name;
    this.region = edit.region;
    this.id = edit.accessKeyId ?? '';
    this.server = edit.server ?? '';
    this.endpoint = edit.endpoint ?? '';
    this.withEndpoint = edit.endpoint !== null;
    this.withToken = edit.source === 'sts';
    this.replacing = edit.secret !== 'stored';
  }

  get editing(): boolean {
    return this.#dialog.edit !== null;
  }

  get #source(): Source {
    if (this.method === 'server') return 'server';
    return this.withToken ? 'sts' : 'access-key';
  }

  errors = $derived.by(() => {
    const need = (bad: boolean, text: string) => (this.tried && bad ? text : null);
    const address = this.server.trim();
    const web =
      /^https:\/\/[^\s]+$/.test(address) || /^http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:|\/|$)/.test(address);
    return {
      name: need(!this.name.trim(), t('prof.need.name')),
      id: need(this.method === 'key' && !this.id.trim(), t('prof.need.id')),
      secret: need(this.method === 'key' && this.replacing && !this.secret, t('prof.need.secret')),
      server: need(this.method === 'server' && !web, t('prof.need.url')),
      pair: need(
        this.method === 'pair' && !(this.pair.shown.address.trim() && this.pair.shown.auth.trim()),
        t('prof.need.pair'),
      ),
    };
  });

  #right(): boolean {
    this.tried = true;
    const { name, id, secret, server, pair } = this.errors;
    return this.method === 'pair' ? !pair : !(name || id || secret || server);
  }

  #draft(): ProfileDraft {
    const key = this.method === 'key';
    return {
      name: this.name.trim(),
      replaces: this.#dialog.edit?.name ?? null,
      region: this.region,
      endpoint: this.endpoint.trim() || null,
      source: this.#source,
      accessKeyId: key ? this.id.trim() : null,
      accessKeySecret: key && this.secret ? this.secret.trim() : null,
      securityToken: key && this.withToken && this.token ? this.token.trim() : null,
      server: key ? null : this.server.trim(),
      serverSecret: !key && this.serverSecret ? this.serverSecret : null,
    };
  }

  /** The lines of the test; before it, what it will look at. */
  lines = $derived.by((): CheckLine[] => checkLines(this.checks, this.method === 'server'));

  outcome = $derived(outcomeOf(this.checks));

  async test(): Promise<void> {
    if (this.testing || !this.#right()) return;
    this.testing = true;
    this.refused = null;
    try {
      this.checks = await this.#app.host.testProfile(this.#draft());
      this.took = this.checks.find((check) => check.what === 'identity')?.figure ?? null;
    } catch (error) {
      this.refused = cause(asFault(error));
    } finally {
      this.testing = false;
    }
  }

  /** Saves the profile, or sends the one file of a pasted pair. True when the dialog may close. */
  async save(): Promise<boolean> {
    if (this.saving || !this.#right()) return false;
    this.saving = true;
    this.swapped = false;
    this.refused = null;
    try {
      return this.method === 'pair' ? await this.#pair() : await this.#profile();
    } catch (error) {
      this.refused = cause(asFault(error));
      this.swapped = asFault(error).code === 'cred.swapped';
      return false;
    } finally {
      this.saving = false;
    }
  }

  swap(): void {
    this.pair.swap();
    this.refused = null;
    this.swapped = false;
  }

  async #profile(): Promise<boolean> {
    const { host } = this.#app;
    const profile = await host.saveProfile(this.#draft());
    await host.useProfile(profile.name);
    await this.#app.connected();
    return true;
  }

  async #pair(): Promise<boolean> {
    const { host } = this.#app;
    const { transfer } = this.#dialog;
    const [address, auth] = [this.pair.text('address').trim(), this.pair.text('auth').trim()];
    if (transfer !== null) {
      await host.givePair(transfer, address, auth);
      return true;
    }
    const offer = await host.pick('file');
    if (!offer) return false;
    await host.addPair(offer.id, address, auth);
    await this.#app.connected();
    return true;
  }
}

const RIGHTS = ['video', 'refresh', 'image', 'attached', 'status', 'details', 'cleanup', 'lists'] as const;

/** What a test came to: some things may not be done although videos can be uploaded (`limits`). */
export function outcomeOf(checks: Check[] | null): 'works' | 'limits' | 'fails' | null {
  if (!checks) return null;
  if (checks.some((check) => check.needed && !check.ok)) return 'fails';
  return checks.every((check) => check.ok) ? 'works' : 'limits';
}

/** A refused permission: the actions RAM refuses, and what their absence costs. */
export interface Limit {
  label: string;
  actions: string;
  cost: string;
}

export function limitsOf(checks: Check[] | null): Limit[] {
  return (checks ?? [])
    .filter((check) => check.missing.length > 0)
    .map(({ what, missing }) => ({
      label: t(`cli.check.${what}`),
      actions: missing.join(', '),
      cost: t(`check.cost.${what}` as Key),
    }));
}

/** The four lines of a test; before it, what it will look at. Which permissions are missing is told by `limitsOf`. */
export function checkLines(checks: Check[] | null, server: boolean): CheckLine[] {
  const find = (...what: CheckWhat[]) => checks?.filter((check) => what.includes(check.what)) ?? [];
  const line = (label: string, found: Check[], good: string): CheckLine => {
    const bad = found.find((check) => !check.ok && check.missing.length === 0);
    if (found.length === 0) return { label, ok: null, text: checks ? t('prof.c.wait') : '' };
    if (bad) return { label, ok: false, text: bad.fault ? cause(bad.fault as FaultView) : t('prof.c.bad') };
    return { label, ok: true, text: good };
  };
  const off = Math.abs(find('clock')[0]?.figure ?? 0);
  const rights = find(...RIGHTS);
  const refused = rights.filter((check) => check.missing.length > 0);
  const permissions = line(t('prof.c4'), rights, t(refused.length > 0 ? 'prof.c4.part' : 'prof.c4.ok'));
  if (refused.some((check) => check.needed)) permissions.ok = false;
  return [
    line(t('prof.c1'), find('keyring'), t('prof.c1.ok')),
    line(t('prof.c2'), find('clock'), t('prof.c2.ok', { s: off })),
    line(t(server ? 'prof.c.server' : 'prof.c3'), find('identity'), t('prof.c3.ok')),
    permissions,
  ];
}
