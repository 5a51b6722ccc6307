// Installs the host and mounts the page. A browser has no shell: there, and only in development, a lively imitation.
import { mount } from 'svelte';

import App from './App.svelte';
import type { Host } from './host/host';
import { inShell, tauriHost } from './host/tauri';
import './parts/menu.css';
import './style/base.css';
import './style/fonts.css';
import './style/tokens.css';

async function host(): Promise<Host> {
  // Said first, so that the imitation is left out of what is shipped.
  if (import.meta.env.DEV || import.meta.env.MODE === 'scenes') {
    if (inShell()) return tauriHost();
    const { fakeHost } = await import('./host/fake');
    return fakeHost(new URLSearchParams(location.search));
  }
  return tauriHost();
}

const target = document.getElementById('app');
if (target) mount(App, { target, props: { host: await host() } });
