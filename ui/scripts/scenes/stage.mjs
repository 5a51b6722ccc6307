// Where the screens are drawn: the page built and served under the shell's own content policy, and a headless
// Chromium whose clock stands still. Knows nothing of what is drawn.
import { readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';
import { build } from 'vite';

const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const QUIET = ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'];
const SAME = ['--font-render-hinting=none', '--disable-lcd-text', '--force-color-profile=srgb'];
const NOON = new Date('2026-03-12T14:06:00+08:00');

/** Builds the page with the imitated host and serves it. Gives back its address and what ends it. */
export async function serve(root) {
  const dist = join(root, `../tests/out/page-${process.pid}`);
  const config = JSON.parse(readFileSync(join(root, '../src-tauri/tauri.conf.json'), 'utf8'));
  const policy = Object.entries(config.app.security.csp)
    .map(([name, value]) => `${name} ${value}`)
    .join('; ');
  await build({ root, mode: 'scenes', logLevel: 'error', build: { outDir: dist, emptyOutDir: true } });
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, 'http://localhost').pathname;
    const file = join(dist, path === '/' ? 'index.html' : path);
    const body = await readFile(file).catch(() => null);
    const type = TYPES[extname(file)] ?? 'application/octet-stream';
    response.writeHead(body ? 200 : 404, { 'content-type': type, 'content-security-policy': policy }).end(body ?? '');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://127.0.0.1:${server.address().port}`,
    end: () => (server.close(), rmSync(dist, { recursive: true })),
  };
}

export function browse() {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', ...QUIET, ...SAME],
    env: { ...process.env, FONTCONFIG_FILE: fileURLToPath(new URL('fonts.conf', import.meta.url)) },
  });
}

/** An empty page whose clock stands. A busy computer may take longer than the second there is to stop it: then once more. */
async function stopped(browser, options) {
  for (let tries = 1; ; tries += 1) {
    const page = await browser.newPage(options);
    await page.clock.install({ time: NOON });
    const error = await page.clock.pauseAt(NOON.getTime() + 1000).catch((error) => error);
    if (!error) return page;
    if (tries === 20) throw error;
    await page.close();
  }
}

/** A page of its own in which a minute has gone by at noon, and no time passes unless it is told to. */
export async function open(browser, address, { scene, lang, size, media }, complain) {
  const page = await stopped(browser, {
    viewport: size,
    locale: lang === 'pseudo' ? 'en' : lang,
    timezoneId: 'Asia/Shanghai',
    reducedMotion: 'reduce',
    ...media,
  });
  page.setDefaultTimeout(10_000);
  page.on('pageerror', (error) => complain(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') complain(message.text());
  });
  await page.goto(`${address}/?still&scene=${scene}&lang=${lang}&theme=system`);
  // The imitated host comes as a file of its own; time that passes before it is there would be lost.
  await page.locator('main').first().waitFor();
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await page.clock.runFor(62_000);
  return page;
}
