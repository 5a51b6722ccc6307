// Ten thousand rows in a real web view: what a frame of scrolling costs while three files are on their way, how long a
// filter takes to its first paint, what the page keeps in memory, and whether anything jumps. `npm run rows [-- webkit]`;
// figures are printed as Markdown, the load of the machine with them. Nothing is judged here: see tests/bench/README.md.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';

import { browse, serve } from './scenes/stage.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const MINIBROWSER = '/usr/lib/x86_64-linux-gnu/webkit2gtk-4.1/MiniBrowser';
const ROUNDS = 3;
const STEPS = 60;
const IDLE = 5000;
const SETTLE = 3000;

/** Runs in the page: scrolls by some steps, or with none times the first paint of a filter and of a search. */
async function measure(steps) {
  const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
  // From the start of a frame to the first task after it was drawn: script, style, layout and paint of the page's own thread.
  const frame = (act) =>
    new Promise((resolve) =>
      requestAnimationFrame((began) => {
        const start = performance.now();
        act();
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => resolve({ began, busy: performance.now() - start });
        port2.postMessage(null);
      }),
    );
  const list = document.querySelector('#list');
  const shifts = [];
  if (PerformanceObserver.supportedEntryTypes.includes('layout-shift'))
    new PerformanceObserver((seen) => shifts.push(...seen.getEntries().map(({ value }) => value))).observe({
      type: 'layout-shift',
    });
  const frames = [];
  list.scrollTop = 0;
  for (let i = 0; i < steps; i += 1) frames.push(await frame(() => (list.scrollTop += 90)));
  const busy = frames.map((one) => one.busy);
  const apart = frames.slice(1).map((one, i) => one.began - frames[i].began);
  await wait(300);
  const jumped = shifts.reduce((sum, one) => sum + one, 0);
  const rows = document.querySelectorAll('#list [role=row][data-id]').length;
  if (steps > 0)
    return { busy, apart, jumped, rows, shiftsTold: PerformanceObserver.supportedEntryTypes.includes('layout-shift') };
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
  let search = NaN;
  for (let i = 0; i < 200; i += 1) {
    await frame(() => undefined);
    if (!document.body.textContent.includes('Clip 77')) continue;
    if (document.querySelectorAll('#list [role=row]').length > 0 && !document.querySelector('#list [data-id="1"]')) {
      search = performance.now() - typed;
      break;
    }
  }
  type('');
  await wait(300);
  return { filter, back, search };
}

const sorted = (all) => [...all].sort((a, b) => a - b);
const median = (all) => sorted(all)[Math.floor(all.length / 2)];
const high = (all) => sorted(all)[Math.floor(all.length * 0.95)];
const ms = (value) => `${value.toFixed(1)} ms`;

function report(name, rounds, memory) {
  const busy = rounds.flatMap((round) => round.busy);
  const apart = rounds.flatMap((round) => round.apart);
  const late = apart.filter((one) => one > 17.5).length / apart.length;
  const lines = [
    ['work of a frame while scrolling, median / 95 %', `${ms(median(busy))} / ${ms(high(busy))}`],
    ["the page's own thread: a frame of scrolling", ms(median(rounds.map((r) => r.ran)))],
    ["the page's own thread: a second of progress", ms(median(rounds.map((r) => r.idle)))],
    ['frames apart, median / 95 %', `${ms(median(apart))} / ${ms(high(apart))}`],
    ['frames later than 17.5 ms', `${(late * 100).toFixed(0)} %`],
    [
      'first paint of a filter, there / back',
      `${ms(median(rounds.map((r) => r.filter)))} / ${ms(median(rounds.map((r) => r.back)))}`,
    ],
    ['first paint of a search, with its wait of 80 ms', ms(median(rounds.map((r) => r.search)))],
    ['rows mounted', String(rounds[0].rows)],
    ['layout shift', !rounds[0].shiftsTold ? 'not told' : String(Math.max(...rounds.map((r) => r.jumped)))],
    ['memory of the view', memory],
    ['load of the machine', loadavg()[0].toFixed(1)],
  ];
  console.log(`\n### ${name}\n\n| 10,000 rows, 3 uploads, ${rounds.length} rounds | |\n|---|---|`);
  for (const line of lines) console.log(`| ${line.join(' | ')} |`);
}

/**
 * The largest process whose command says `what`: resident memory in MB, the share that is its own where others use the same
 * pages, and what its main thread ran in ms.
 */
function largest(what) {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(what)) return [];
        const kilobytes = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
        // proc(5): user and system time are fields 14 and 15, in hundredths of a second.
        const fields = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
        const share = /^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1];
        return [
          {
            megabytes: Number(kilobytes) / 1000,
            share: Number(share) / 1000,
            ran: (Number(fields[11]) + Number(fields[12])) * 10,
          },
        ];
      } catch {
        return []; // Gone meanwhile.
      }
    });
  return all.toSorted((a, b) => b.megabytes - a.megabytes)[0];
}

const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Some rounds, each with what the page's own thread ran: that tells of the page, whatever else the machine does. What it
 * runs anyway, for the progress of three files, is measured first and taken from what scrolling costs.
 */
async function repeat(what, times, once) {
  const rounds = [];
  for (let i = 0; i < times; i += 1) {
    const rested = largest(what).ran;
    await wait(IDLE);
    const [began, before] = [performance.now(), largest(what).ran];
    const idle = (before - rested) / IDLE;
    const scrolled = await once(STEPS);
    if (typeof scrolled === 'string') throw new Error(scrolled);
    const ran = (largest(what).ran - before - idle * (performance.now() - began)) / STEPS;
    rounds.push({ ...(await once(0)), ...scrolled, ran, idle: idle * 1000 });
  }
  return rounds;
}

async function inChromium(address) {
  const browser = await browse();
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  await page.goto(address);
  await page.locator('#list [role=row]').first().waitFor();
  await page.waitForTimeout(SETTLE);
  const rounds = await repeat('--type=renderer', ROUNDS, (steps) => page.evaluate(measure, steps));
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('HeapProfiler.collectGarbage');
  const { usedSize } = await cdp.send('Runtime.getHeapUsage');
  report(
    `Chromium ${browser.version()}`,
    rounds,
    `${(usedSize / 1e6).toFixed(0)} MB of script objects, ${largest('--type=renderer').megabytes.toFixed(0)} MB resident`,
  );
  await browser.close();
}

const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });

/** The engine of the shell on Linux, in its own small browser, driven as the window tests drive the window. */
async function inWebKit(address) {
  const port = await freePort();
  const driver = spawn('WebKitWebDriver', [`--port=${port}`], { stdio: 'ignore' });
  const ask = async (method, path, body) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method, body: body && JSON.stringify(body) });
    const { value } = await answer.json();
    if (!answer.ok) throw new Error(`${path}: ${value.message}`);
    return value;
  };
  try {
    for (let i = 0; i < 100 && !(await ask('GET', '/status').catch(() => null)); i += 1) await wait(50);
    const options = { binary: MINIBROWSER, args: ['--automation', '--geometry=1280x800'] };
    const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
    const session = await ask('POST', '/session', { capabilities });
    const at = `/session/${session.sessionId}`;
    await ask('POST', `${at}/timeouts`, { script: 300_000 });
    await ask('POST', `${at}/url`, { url: address });
    await wait(SETTLE * 2);
    const script = `const done = arguments[1]; (${measure})(arguments[0]).then(done, (error) => done(String(error)));`;
    const rounds = await repeat('WebKitWebProcess', 1, (steps) =>
      ask('POST', `${at}/execute/async`, { script, args: [steps] }),
    );
    const { browserName, browserVersion } = session.capabilities;
    const { megabytes, share } = largest('WebKitWebProcess');
    const memory = `${megabytes.toFixed(0)} MB resident, ${share.toFixed(0)} MB its own share`;
    report(`${browserName} ${browserVersion} (WebKitGTK)`, rounds, memory);
    await ask('DELETE', at);
  } finally {
    driver.kill();
  }
}

const { address, end } = await serve(root);
const queue = `${address}/?scene=many`;
if (process.argv.includes('webkit')) await inWebKit(queue);
else await inChromium(queue);
end();
