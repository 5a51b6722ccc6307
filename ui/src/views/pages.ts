// The pages the sidebar leads to. A page is here once it is whole.
import type { Component } from 'svelte';

import type { Page } from '../state/app.svelte';
import Decode from './decode/Decode.svelte';
import History from './history/History.svelte';
import Queue from './Queue.svelte';
import Settings from './settings/Settings.svelte';

interface Entry {
  view: Component;
}

export const pages: { queue: Entry } & Partial<Record<Page, Entry>> = {
  queue: { view: Queue },
  history: { view: History },
  decode: { view: Decode },
  settings: { view: Settings },
};
