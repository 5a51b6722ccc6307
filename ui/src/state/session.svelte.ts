// Account, settings, theme and language, as the host last told them. Draws them on the document's root.
import type { Keyring, Keys, Profile, Session, Settings, Theme } from '../host/bindings';
import type { Host } from '../host/host';
import { languageFor, t, words, type Key, type Language } from '../i18n/i18n.svelte';

export class SessionState {
  session = $state.raw<Session | null>(null);
  width = $state(innerWidth);
  height = $state(innerHeight);
  systemDark = $state(false);
  forced = $state(false);
  #host: Host;

  constructor(host: Host) {
    this.#host = host;
    const dark = matchMedia('(prefers-color-scheme: dark)');
    this.systemDark = dark.matches;
    dark.addEventListener('change', () => (this.systemDark = dark.matches));
    const forced = matchMedia('(forced-colors: active)');
    this.forced = forced.matches;
    forced.addEventListener('change', () => (this.forced = forced.matches));
  }

  settings: Settings | null = $derived(this.session?.settings ?? null);
  profiles: Profile[] = $derived(this.session?.profiles ?? []);
  profile: Profile | null = $derived(this.profiles.find((profile) => profile.active) ?? null);
  regions: string[] = $derived(this.session?.regions ?? []);
  keyring: Keyring = $derived(this.session?.keyring ?? 'unknown');
  /** The single-character shortcuts; null when they are off. */
  singles: Keys | null = $derived(this.settings?.singleKeys ? this.settings.keys : null);
  mac = $derived(this.session?.platform === 'macos');
  theme: Theme = $derived(this.settings?.theme ?? 'system');
  dark = $derived(this.theme === 'dark' || (this.theme === 'system' && this.systemDark));
  /** Changes with the colours a canvas has been painted in. */
  palette = $derived(`${this.dark} ${this.forced}`);
  language: Language = $derived.by(() => {
    const wanted = this.settings?.language ?? 'system';
    return languageFor(wanted === 'system' ? (this.session?.locale ?? navigator.language) : wanted);
  });
  rail = $derived(this.width < 1080);
  compact = $derived(
    this.settings?.density === 'compact' || (this.settings?.density !== 'comfortable' && this.height < 680),
  );

  hear(session: Session): void {
    this.session = session;
  }

  /** Where the secrets of the profiles are, asked of the keyring: until then they are believed to be there. */
  async look(): Promise<void> {
    const profiles = await this.#host.profiles();
    if (this.session) this.session = { ...this.session, profiles };
  }

  /** Puts theme, language and motion on the root, and keeps the first two for the next first paint. */
  draw(): void {
    const root = document.documentElement;
    words.language = this.language;
    root.lang = this.language;
    root.dataset.theme = this.dark ? 'dark' : 'light';
    root.dataset.platform = this.session?.platform ?? '';
    if (this.settings?.reduceMotion) root.dataset.motion = 'less';
    else delete root.dataset.motion;
    try {
      localStorage.setItem('theme', this.theme);
      localStorage.setItem('language', this.language);
    } catch {
      return; // Storage may be denied: the next first paint follows the system.
    }
  }

  /** Writes changed settings at once. */
  async save(change: Partial<Settings>): Promise<void> {
    if (!this.session) return;
    const settings = { ...this.session.settings, ...change };
    this.session = { ...this.session, settings };
    const kept = await this.#host.saveSettings(settings);
    if (this.session) this.session = { ...this.session, settings: kept };
  }
}

/** The short name of a region: its city in English, its number in Chinese. */
export function city(region: string): string {
  const key = `city.${region}`;
  return words.has(key) ? t(key) : region;
}

/** The long name of a region. */
export function regionName(region: string): string {
  const key = `region.${region}`;
  return words.has(key) ? t(key as Key) : region;
}
