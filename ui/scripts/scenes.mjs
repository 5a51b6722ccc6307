// Draws every scene of the imitated host in a headless Chromium, under the shell's content policy, and looks for
// violations of accessibility. `npm run scenes [-- FILTER]`; pictures go to tests/out/scenes.
import { readFileSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';
import { build } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, '../tests/out/scenes');
const dist = join(root, '../tests/out/page');
const policy = JSON.parse(readFileSync(join(root, '../src-tauri/tauri.conf.json'), 'utf8')).app.security.csp;
const header = Object.entries(policy)
  .map(([name, value]) => `${name} ${value}`)
  .join('; ');
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };

const WIDE = { width: 1280, height: 800 };
const SMALL = { width: 900, height: 600 };
// What is left of 1280 × 800 at a zoom of 200 %.
const ZOOMED = { width: 640, height: 400 };
const select = (id) => async (page) => {
  await page.locator(`[data-id="${id}"]`).click({ position: { x: 120, y: 12 } });
};
const inspect = (id, tab) => async (page) => {
  await select(id)(page);
  await page.keyboard.press('Control+i');
  if (tab) await page.locator(`#inspector-${tab}`).click();
  await page.waitForTimeout(300);
};
const expand = async (page) => page.locator('[data-id="2"] .pill').click();
const open = (keys) => async (page) => {
  await page.keyboard.press(keys);
  await page.waitForTimeout(400);
};
const base64 = (fields) => Buffer.from(JSON.stringify(fields)).toString('base64');
const pair = {
  address: base64({
    Endpoint: 'https://oss-cn-shanghai.aliyuncs.com',
    Bucket: 'outin-example-88aa',
    FileName: 'sv/5c7b2d01-193a44e1/5c7b2d01-193a44e1.mp4',
  }),
  auth: base64({
    SecurityToken: 't'.repeat(812),
    AccessKeyId: 'STS.NUCexample12fGh2',
    AccessKeySecret: 's'.repeat(44),
    Expiration: '3000',
    Region: 'cn-shanghai',
  }),
};
// As a person pastes: through the clipboard event of whatever has the focus.
const paste = (page, text) =>
  page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    const boxes = document.querySelectorAll('textarea');
    const box = boxes[text.length > 400 ? 1 : 0];
    box.focus();
    box.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
const scenes = [
  { name: 'first', scene: 'first' },
  { name: 'empty', scene: 'empty' },
  { name: 'sandbox', scene: 'sandbox' },
  { name: 'queue', scene: 'queue', act: expand },
  { name: 'states', scene: 'states' },
  { name: 'inspector', scene: 'queue', act: async (page) => (await expand(page), await inspect(2)(page)) },
  { name: 'failed', scene: 'queue', act: inspect(1, 'transfer') },
  { name: 'log', scene: 'queue', act: inspect(1, 'log') },
  { name: 'offline', scene: 'offline' },
  { name: 'drop', scene: 'drop', act: (page) => page.waitForTimeout(900) },
  {
    name: 'profile',
    scene: 'first',
    act: async (page) => {
      await page.keyboard.press('Enter');
      await page.waitForTimeout(400);
      await page.keyboard.type('Studio North');
      await page.locator('input').nth(1).fill('LTAI5tQnX8vExampleKey9Zr');
      await page.locator('input[type=password]').fill('0123456789012345678901234567');
      await page.locator('.foot button').first().click();
    },
  },
  {
    name: 'menu',
    scene: 'queue',
    act: (page) => page.locator('[data-id="2"]').click({ button: 'right', position: { x: 120, y: 12 } }),
  },
  {
    name: 'selection',
    scene: 'queue',
    act: async (page) => {
      await select(6)(page);
      await page.locator('[data-id="8"]').click({ modifiers: ['Shift'], position: { x: 120, y: 12 } });
    },
  },
  {
    name: 'toast',
    scene: 'queue',
    act: async (page) => {
      await select(8)(page);
      await page.keyboard.press('Delete');
    },
  },
  { name: 'history', scene: 'queue', act: open('Control+2') },
  { name: 'decode-empty', scene: 'queue', act: open('Control+3') },
  {
    name: 'decode',
    scene: 'queue',
    act: async (page) => {
      await open('Control+3')(page);
      await paste(page, pair.address);
      await paste(page, pair.auth);
      await page.waitForTimeout(400);
    },
  },
  ...['transfers', 'network', 'notifications', 'appearance', 'profiles', 'shortcuts', 'about'].map((section) => ({
    name: section === 'transfers' ? 'settings' : `settings-${section}`,
    scene: 'settings',
    act: async (page) => {
      await open('Control+,')(page);
      await page.locator(`#tab-${section}`).click();
    },
  })),
  {
    name: 'palette',
    scene: 'queue',
    act: async (page) => {
      await select(2)(page);
      await open('Control+k')(page);
      await page.keyboard.type('pau');
    },
  },
  {
    name: 'shortcuts',
    scene: 'queue',
    act: async (page) => {
      await select(2)(page);
      await page.keyboard.press('?');
    },
  },
  {
    name: 'bulk',
    scene: 'queue',
    act: async (page) => {
      await select(11)(page);
      await page.locator('[data-id="14"]').click({ modifiers: ['Shift'], position: { x: 120, y: 12 } });
      await open('Control+i')(page);
      await page.locator('#bulk-title').fill('{title} · S2E{n:02}');
      await page.waitForTimeout(300);
    },
  },
];
const looks = [
  { lang: 'en', theme: 'light', size: WIDE },
  { lang: 'en', theme: 'dark', size: WIDE },
  { lang: 'zh-CN', theme: 'light', size: WIDE },
  { lang: 'en', theme: 'light', size: SMALL },
  { lang: 'en', theme: 'light', size: ZOOMED },
];

const filter = process.argv[2] ?? '';
process.chdir(root);
await build({ mode: 'scenes', logLevel: 'warn', build: { outDir: dist, emptyOutDir: true } });
await mkdir(out, { recursive: true });
const server = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  const file = join(dist, path === '/' ? 'index.html' : path);
  const body = await readFile(file).catch(() => null);
  const type = types[extname(file)] ?? 'application/octet-stream';
  response.writeHead(body ? 200 : 404, { 'content-type': type, 'content-security-policy': header }).end(body ?? '');
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const address = `http://127.0.0.1:${server.address().port}`;
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
});
let faults = 0;
const complain = (...words) => {
  faults += 1;
  console.log(...words);
};
for (const { lang, theme, size } of looks) {
  for (const { name, scene, act } of scenes) {
    const title = `${name}-${lang}-${theme}-${size.width}`;
    if (!title.includes(filter)) continue;
    const page = await browser.newPage({ viewport: size, locale: lang, reducedMotion: 'reduce' });
    page.on('pageerror', (error) => complain(title, String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') complain(title, message.text());
    });
    await page.goto(`${address}/?still&scene=${scene}&lang=${lang}&theme=${theme}`);
    await page.waitForTimeout(500);
    await act?.(page);
    await page.waitForTimeout(400);
    await page.screenshot({ path: join(out, `${title}.png`) });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    if (wide) complain(title, 'scrolls sideways');
    // Injected by the driver, past the page's own policy.
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => {
      // An open menu floats outside every landmark, as menus do.
      const menu = document.querySelector('[role=menu]');
      return globalThis.axe.run(menu ? { rules: { region: { enabled: false } } } : {});
    });
    for (const { id, nodes } of violations) {
      complain(title, id, nodes.length, nodes[0].html.slice(0, 160), nodes[0].failureSummary.replace(/\s+/g, ' '));
    }
    await page.close();
  }
}
await browser.close();
server.close();
console.log(faults ? `${faults} faults` : 'no faults');
process.exitCode = faults ? 1 : 0;
