// Ten thousand rows in a real web view: what a frame of scrolling costs while three files are on their way, how long a
// filter and a search take to their first paint, what the view holds, and whether anything jumps.
//   npm run rows                           the page with an imitated host, in Chromium
//   npm run rows -- webkit                 the same in the engine of the window on Linux
//   npm run rows -- window PATH/vodlift    the window itself, on its sandbox
// The last two need a display and a session bus: `dbus-run-session -- xvfb-run -a npm run rows -- …`. Figures are printed as
// Markdown, the load of the machine with them. Nothing is judged here: see tests/bench/README.md.
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { browse, serve } from './scenes/stage.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const MINIBROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const ROWS = 10_000;
const ROUNDS = 3;
const STEPS = 1200;
const IDLE = 5000;
const SETTLE = 3000;
// How often what the view holds is looked at while it scrolls.
const LOOK = 500;

/** Runs in the page: scrolls by some steps, or with none times the first paint of a filter and of a search. */
async function measure(steps) {
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  // Over with the first task after a frame was drawn.
  const frame = (act) =>
    new Promise((resolve) =>
      requestAnimationFrame(() => {
        act();
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve();
        port2.postMessage(null);
      }),
    );
  const list = document.querySelector('#list');
  const shifts = [];
  if (PerformanceObserver.supportedEntryTypes.includes('layout-shift'))
    new PerformanceObserver((seen) => shifts.push(...seen.getEntries().map(({ value }) => value))).observe({
      type: 'layout-shift',
    });
  list.scrollTop = 0;
  const apart = [];
  await new Promise((resolve) => {
    let before = null;
    const step = (began) => {
      if (before !== null) apart.push(began - before);
      if (apart.length === steps) return resolve();
      // Each frame asks for the next at once, as movement does: to wait until it is drawn would cost every second one.
      requestAnimationFrame(step);
      before = began;
      list.scrollTop += 90;
    };
    requestAnimationFrame(step);
  });
  await wait(300);
  const jumped = shifts.reduce((sum, one) => sum + one, 0);
  const rows = document.querySelectorAll('#list [role=row][data-id]').length;
  if (steps > 0)
    return { apart, jumped, rows, shiftsTold: PerformanceObserver.supportedEntryTypes.includes('layout-shift') };
  const paint = async (act) => {
    await wait(300);
    const start = performance.now();
    act();
    await frame(() => undefined);
    return performance.now() - start;
  };
  const tabs = document.querySelectorAll('[role=tab]');
  const filter = await paint(() => tabs[1].click());
  const back = await paint(() => tabs[0].click());
  const box = document.querySelector('[data-search]');
  const type = (text) => {
    box.value = text;
    box.dispatchEvent(new Event('input', { bubbles: true }));
  };
  // The search waits 80 ms for the next letter; that wait is part of what the person feels.
  const typed = performance.now();
  type('clip 77');
  const shown = () => [...document.querySelectorAll('#list [role=row][data-id]')].map((row) => row.textContent);
  let search = NaN;
  for (let i = 0; i < 400 && Number.isNaN(search); i += 1) {
    await frame(() => undefined);
    const rows = shown();
    if (rows.length > 0 && rows.every((text) => /clip 77/i.test(text))) search = performance.now() - typed;
  }
  type('');
  await wait(1000);
  return { filter, back, search };
}

const sorted = (all) => [...all].sort((a, b) => a - b);
const median = (all) => sorted(all)[Math.floor(all.length / 2)];
const high = (all) => sorted(all)[Math.floor(all.length * 0.95)];
const ms = (value) => `${value.toFixed(1)} ms`;

function report(name, rounds, memory) {
  const apart = rounds.flatMap((round) => round.apart);
  const middle = (what) => ms(median(rounds.map((round) => round[what])));
  const lines = [
    ['processor time of the view: a frame of scrolling, its own thread / all', `${middle('own')} / ${middle('all')}`],
    [
      'processor time of the view: a second of progress, its own thread / all',
      `${middle('idleOwn')} / ${middle('idleAll')}`,
    ],
    ['frames apart, median / 95 %', `${ms(median(apart))} / ${ms(high(apart))}`],
    ['frames a second', (1000 / (apart.reduce((sum, one) => sum + one, 0) / apart.length)).toFixed(0)],
    ['first paint of a filter, there / back', `${middle('filter')} / ${middle('back')}`],
    ['first paint of a search, with its wait of 80 ms', middle('search')],
    ['rows mounted', String(rounds[0].rows)],
    ['layout shift', !rounds[0].shiftsTold ? 'not told' : String(Math.max(...rounds.map((r) => r.jumped)))],
    ['memory of the view, at rest / at most while scrolling / after', memory],
    [
      'memory of what draws films beside it, while it does',
      `${Math.max(...rounds.map((r) => r.beside)).toFixed(0)} MB`,
    ],
    ['load of the machine', loadavg()[0].toFixed(1)],
  ];
  console.log(`\n### ${name}\n\n| 10,000 rows, 3 uploads, ${rounds.length} rounds | |\n|---|---|`);
  for (const line of lines) console.log(`| ${line.join(' | ')} |`);
}

/**
 * The view among the processes of this script: memory in MB, and processor time of its own thread and of all in ms. The window
 * draws films in another one, `beside` it, that opens later and goes when there is nothing to draw.
 */
function view() {
  const read = (pid, what) => readFileSync(`/proc/${pid}/${what}`, 'utf8');
  // proc(5): parent, user and system time, and the start, all in hundredths of a second, are fields 4, 14, 15 and 22.
  const facts = (stat) => stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ran = (stat) => (Number(facts(stat)[11]) + Number(facts(stat)[12])) * 10;
  const mine = (pid) => pid === process.pid || (pid > 1 && mine(Number(facts(read(pid, 'stat'))[1])));
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!/WebKitWebProcess|--type=renderer/.test(read(pid, 'cmdline')) || !mine(Number(pid))) return [];
        const held = read(pid, 'smaps_rollup');
        const megabytes = (what) => Number(new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(held)?.[1]) / 1000;
        const times = { own: ran(read(pid, `task/${pid}/stat`)), all: ran(read(pid, 'stat')) };
        const began = /WebKit/.test(read(pid, 'cmdline')) ? Number(facts(read(pid, 'stat'))[19]) : 0;
        return [{ began, resident: megabytes('Rss'), share: megabytes('Pss'), ...times }];
      } catch {
        return []; // Gone meanwhile.
      }
    });
  // Chromium keeps renderers to spare.
  const [first, beside] = all.toSorted((a, b) => a.began - b.began || b.resident - a.resident);
  return { ...first, beside: beside?.share ?? 0 };
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Some rounds, each with what the view's processor time was: that tells of the page, whatever else the machine does. What
 * the progress of three files costs anyway is measured first and taken from what scrolling costs.
 */
async function repeat(times, once) {
  const rounds = [];
  for (let i = 0; i < times; i += 1) {
    const rested = view();
    await wait(IDLE);
    const [began, before] = [performance.now(), view()];
    let most = before.share;
    const look = setInterval(() => (most = Math.max(most, view().share)), LOOK);
    const scrolled = await once(STEPS).finally(() => clearInterval(look));
    if (typeof scrolled === 'string') throw new Error(scrolled);
    const [took, after] = [performance.now() - began, view()];
    const idle = (what) => (before[what] - rested[what]) / IDLE;
    const cost = (what) => (after[what] - before[what] - idle(what) * took) / STEPS;
    const spent = { own: cost('own'), all: cost('all'), idleOwn: idle('own') * 1000, idleAll: idle('all') * 1000 };
    const filtered = await once(0);
    rounds.push({ ...filtered, ...scrolled, ...spent, held: [rested.share, most, after.share], beside: view().beside });
  }
  return rounds;
}

function held(rounds) {
  const most = (i) => Math.max(...rounds.map((round) => round.held[i])).toFixed(0);
  return `${rounds[0].held[0].toFixed(0)} / ${most(1)} / ${most(2)} MB of its own share`;
}

async function inChromium(address) {
  const browser = await browse();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(address);
  await page.locator('#list [role=row]').first().waitFor();
  await page.waitForTimeout(SETTLE);
  const rounds = await repeat(ROUNDS, (steps) => page.evaluate(measure, steps));
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  report(`Chromium ${browser.version()}`, rounds, `${held(rounds)}, ${(usedSize / 1e6).toFixed(0)} MB script objects`);
  await browser.close();
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** Drives a program of WebKitGTK as the window tests drive the window. */
async function drive(name, options, environment, ready) {
  const port = await freePort();
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], {
    stdio: 'ignore',
    env: { ...process.env, ...environment },
  });
  const ask = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${value.message}`);
    return value;
  };
  try {
    for (let i = 0; i < 100 && !(await ask('GET', '/status').catch(() => null)); i += 1) await wait(50);
    const session = await ask('POST', '/session', {
      capabilities: { alwaysMatch: { 'webkitgtk:browserOptions': options } },
    });
    const at = `/session/${session.sessionId}`;
    await ask('POST', `${at}/timeouts`, { script: 300_000 });
    const run = (script, ...args) => ask('POST', `${at}/execute/async`, { script, args });
    await ready(run, (url) => ask('POST', `${at}/url`, { url }));
    await wait(SETTLE * 2);
    const script = `const done = arguments[1]; (${measure})(arguments[0]).then(done, (error) => done(String(error)));`;
    const rounds = await repeat(ROUNDS, (steps) => run(script, steps));
    report(`${name}, WebKitGTK ${session.capabilities.browserVersion}`, rounds, held(rounds));
    await ask('DELETE', at);
  } finally {
    driver.kill();
  }
}

/**
 * The engine alone, painting and collecting as the window has it (painting.rs): without layers and movement where no graphics
 * processor is.
 */
async function inWebKit(address) {
  const rendered = existsSync('/dev/dri') && readdirSync('/dev/dri').some((name) => name.startsWith('renderD'));
  const options = { binary: MINIBROWSER, args: ['--automation', '--geometry=1280x800'] };
  const folder = mkdtempSync(join(tmpdir(), 'vodlift-rows-'));
  try {
    mkdirSync(join(folder, 'gtk-3.0'));
    writeFileSync(join(folder, 'gtk-3.0/settings.ini'), '[Settings]\ngtk-enable-animations=false\n');
    const unpainted = rendered ? {} : { WEBKIT_DISABLE_COMPOSITING_MODE: '1', XDG_CONFIG_HOME: folder };
    const environment = { ...unpainted, JSC_heapGrowthMaxIncrease: '0.5' };
    await drive('MiniBrowser', options, environment, (_, go) => go(address));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** The window on its sandbox: small films that wait for three large ones, which a speed limit keeps on their way. */
async function inWindow(binary) {
  const folder = mkdtempSync(join(tmpdir(), 'vodlift-rows-'));
  try {
    for (const name of ['config', 'films']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'config/settings.toml'), 'files = 3\n[limit]\non = true\nrate_bytes = 600000\n');
    const film = join(folder, 'film.mp4');
    const picture = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=12:d=1', '-c:v', 'libx264', '-pix_fmt', 'yuv420p'];
    execFileSync('ffmpeg', ['-loglevel', 'error', '-y', ...picture, film]);
    const bytes = readFileSync(film);
    for (let i = 1; i <= ROWS; i += 1) {
      // Each is another film: the same one twice would be told.
      const rest = i <= 3 ? Buffer.alloc(100e6, i) : Buffer.from(`free${i}`);
      const size = Buffer.alloc(4);
      size.writeUInt32BE(rest.length + 4);
      const free = i <= 3 ? Buffer.concat([size, Buffer.from('free'), rest.subarray(4)]) : Buffer.concat([size, rest]);
      writeFileSync(join(folder, `films/${i <= 3 ? ` Large ${i}` : `Clip ${i}`}.mp4`), Buffer.concat([bytes, free]));
    }
    const options = { binary: resolve(binary), args: ['--trial', join(folder, 'films')] };
    const home = {
      TAURI_WEBVIEW_AUTOMATION: 'true',
      VODLIFT_HOME: folder,
      HOME: folder,
      GDK_BACKEND: 'x11',
      LANG: 'C.UTF-8',
    };
    const there = `const done = arguments[1], wanted = arguments[0];
      const look = () => {
        const rows = Number(document.querySelector('#list [role=treegrid]')?.getAttribute('aria-rowcount') ?? 0);
        const moving = document.querySelectorAll('#list [data-status=uploading] canvas').length;
        if (rows >= wanted && moving >= 3) done(rows);
        else setTimeout(look, 500);
      };
      look();`;
    await drive('The window', options, home, (run) => run(there, ROWS));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const [mode, binary] = process.argv.slice(2);
if (mode === 'window') await inWindow(binary);
else {
  const { address, end } = await serve(root);
  const queue = `${address}/?scene=many`;
  await (mode === 'webkit' ? inWebKit(queue) : inChromium(queue));
  end();
}
