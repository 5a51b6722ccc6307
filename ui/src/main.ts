// Installs the host and mounts the page. A browser has no shell: there, and only in development, a lively imitation.
import { mount } from 'svelte';

import App from './App.svelte';
import type { Host } from './host/host';
import { inShell, tauriHost } from './host/tauri';
import { words } from './i18n/i18n.svelte';
import './parts/menu.css';
import './views/rows.css';
import type { Draw } from './state/stills';
import './style/base.css';
import './style/fonts.css';
import './style/tokens.css';

interface Props {
  host: Host;
  draw?: Draw;
}

async function props(): Promise<Props> {
  // Said first, so that the imitation is left out of what is shipped.
  if (import.meta.env.DEV || import.meta.env.MODE === 'scenes') {
    if (inShell()) return { host: tauriHost() };
    const [{ fakeHost, overheard }, { draw }] = await Promise.all([
      import('./host/fake'),
      import('./host/fake-pictures'),
    ]);
    const query = new URLSearchParams(location.search);
    if (query.get('lang') !== 'pseudo') return { host: fakeHost(query), draw };
    words.disguise = (await import('./i18n/pseudo')).disguised;
    const { host, said } = overheard(fakeHost(query));
    Object.assign(window, { said });
    return { host, draw };
  }
  return { host: tauriHost() };
}

const target = document.getElementById('app');
if (target) mount(App, { target, props: await props() });
