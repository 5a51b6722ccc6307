// Host over the shell's commands and channels. The only file of the window's page that knows Tauri.
import { Channel, convertFileSrc, invoke } from '@tauri-apps/api/core';

import type { Desk, Frame } from './bindings';
import type { Host } from './host';

function channel<T>(hear: (message: T) => void): Channel<T> {
  const channel = new Channel<T>();
  channel.onmessage = hear;
  return channel;
}

/** Is this page inside the shell, and not in a browser? */
export function inShell(): boolean {
  return '__TAURI_INTERNALS__' in window;
}

export function tauriHost(): Host {
  return {
    session: () => invoke('session'),
    watch: (hear) => invoke('watch', { channel: channel<Frame>(hear) }),
    desk: (hear) => invoke('desk', { channel: channel<Desk>(hear) }),
    setVisible: (visible) => invoke('set_visible', { visible }),
    inspect: (id) => invoke('inspect', { id }),

    pick: (what) => invoke('pick', { what }),
    paste: () => invoke('paste'),
    add: (offer, start, attachTo) => invoke('add', { offer, start, attachTo }),
    dropOffer: (offer) => invoke('drop_offer', { offer }),
    addPair: (offer, address, auth) => invoke('add_pair', { offer, address, auth }),
    givePair: (id, address, auth) => invoke('give_pair', { id, address, auth }),

    pause: (ids) => invoke('pause', { ids }),
    resume: (ids) => invoke('resume', { ids }),
    retry: (ids) => invoke('retry', { ids }),
    restart: (ids) => invoke('restart', { ids }),
    cancel: (ids) => invoke('cancel', { ids }),
    uncancel: (ids) => invoke('uncancel', { ids }),
    remove: (ids) => invoke('remove', { ids }),
    restore: (ids) => invoke('restore', { ids }),
    next: (ids) => invoke('next', { ids }),
    reorder: (ids, before) => invoke('reorder', { ids, before }),
    edit: (ids, patch) => invoke('edit', { ids, patch }),
    attach: (ids, parent) => invoke('attach', { ids, parent }),
    sendAnyway: (id) => invoke('send_anyway', { id }),
    setKind: (id, kind) => invoke('set_kind', { id, kind }),
    locate: (id) => invoke('locate', { id }),

    described: (ids) => invoke('described', { ids }),
    details: (id) => invoke('details', { id }),
    timeline: (id) => invoke('timeline', { id }),
    search: (text) => invoke('search', { text }),
    history: (query) => invoke('history', { query }),
    historyExport: (query) => invoke('history_export', { query }),
    historyAgain: (ids) => invoke('history_again', { ids }),

    saveSettings: (settings) => invoke('save_settings', { settings }),
    proxyPassword: () => invoke('proxy_password'),
    saveProxyPassword: (password) => invoke('save_proxy_password', { password }),
    pickRoot: () => invoke('pick_root'),
    setZoom: (factor) => invoke('set_zoom', { factor }),
    profiles: () => invoke('profiles'),
    saveProfile: (draft) => invoke('save_profile', { draft }),
    testProfile: (draft) => invoke('test_profile', { draft }),
    useProfile: (name) => invoke('use_profile', { name }),
    forgetProfile: (name) => invoke('forget_profile', { name }),
    startTrial: () => invoke('start_trial'),
    trialSample: () => invoke('trial_sample'),
    policy: (scope) => invoke('policy', { scope }),
    decode: (address, auth) => invoke('decode', { address, auth }),
    categories: () => invoke('categories'),
    templateGroups: () => invoke('template_groups'),
    storages: () => invoke('storages'),

    // An address, not a file: the shell looks up which file the id means.
    still: (id) => convertFileSrc(id, 'still'),
    poster: (id) => invoke('poster', { id }),

    copy: (text) => invoke('copy', { text }),
    copyMediaIds: (ids) => invoke('copy_media_ids', { ids }),
    reveal: (id) => invoke('reveal', { id }),
    openConsole: (id) => invoke('open_console', { id }),
    certificates: (id) => invoke('certificates', { id }),
    answer: (id) => invoke('answer', { id }),
    dateSettings: () => invoke('date_settings'),
    showNotice: () => invoke('show_notice'),
    showConfig: () => invoke('show_config'),
    openNetworkPage: () => invoke('open_network_page'),
    checkNow: () => invoke('check_now'),
    unlockKeyring: () => invoke('unlock_keyring'),
    diagnostics: () => invoke('diagnostics'),
    quit: () => invoke('quit'),
    stay: () => invoke('stay'),
  };
}
