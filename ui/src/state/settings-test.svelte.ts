// The connection test of the profile in use, with the secret the core has stored. Holds no secret.
import type { Check, Profile, ProfileDraft } from '../host/bindings';
import type { App } from './app.svelte';
import { checkLines, outcomeOf, type CheckLine } from './profile.svelte';

export class ProfileTest {
  testing = $state(false);
  checks = $state.raw<Check[] | null>(null);
  took = $state<number | null>(null);
  #app: App;

  constructor(app: App) {
    this.#app = app;
  }

  lines = $derived.by((): CheckLine[] => checkLines(this.checks, this.#app.session.profile?.source === 'server'));
  outcome = $derived(outcomeOf(this.checks));

  async run(): Promise<void> {
    const { profile } = this.#app.session;
    if (this.testing || !profile) return;
    this.testing = true;
    try {
      this.checks = await this.#app.host.testProfile(draftOf(profile));
      this.took = this.checks.find((check) => check.what === 'identity')?.figure ?? null;
    } catch (error) {
      this.#app.refused(error);
    } finally {
      this.testing = false;
    }
  }
}

/** A draft that changes nothing: absent secrets keep the stored ones. */
export function draftOf(profile: Profile): ProfileDraft {
  const { name, region, endpoint, source, accessKeyId, server } = profile;
  const secrets = { accessKeySecret: null, securityToken: null, serverSecret: null };
  return { name, replaces: name, region, endpoint, source, accessKeyId, server, ...secrets };
}
