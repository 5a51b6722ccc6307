// Nothing moves under the pointer: a minute of uploading in which files start, stumble and end, with the pointer over the list
// and then elsewhere. Every layout shift counts, also those that follow an input, and while the pointer is over the list each
// row must stand where it stood. Time is the page's own and the minute the same each time. `npm run calm`
import { fileURLToPath } from 'node:url';

import { drawn, pass } from './scenes/list.mjs';
import { browse, serve } from './scenes/stage.mjs';

const NOON = new Date('2026-03-12T14:06:00+08:00');
const QUARTER = 250;
const MINUTE = 60_000;
const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
];

/** Runs in the page: hears of every shift from here on, and says what moved. */
function listen() {
  globalThis.shifts = [];
  const name = ({ node, previousRect: a, currentRect: b }) =>
    `${node?.nodeName ?? 'something'}.${node?.className ?? ''} ${a.x},${a.y} ${a.width}x${a.height} to ${b.x},${b.y} ${b.width}x${b.height}`;
  new PerformanceObserver((seen) => {
    for (const { value, sources } of seen.getEntries()) globalThis.shifts.push({ value, what: sources.map(name) });
  }).observe({ type: 'layout-shift', buffered: true });
}

/** Runs in the page: where each mounted row stands, and in which state. */
const places = () =>
  [...document.querySelectorAll('#list [data-id]')].map((row) => ({
    id: row.dataset.id,
    status: row.dataset.status,
    top: row.getBoundingClientRect().top,
  }));

/** A minute in steps of a quarter of a second, each drawn. Gives back what moved, and how much happened. */
async function minute(page, pointer) {
  const told = { score: 0, what: [], moved: [], changes: 0 };
  await page.mouse.move(...pointer);
  await pass(page, 1000);
  await page.evaluate(() => (globalThis.shifts = []));
  let before = await page.evaluate(places);
  for (let gone = 0; gone < MINUTE; gone += QUARTER) {
    await pass(page, QUARTER);
    // A real frame: only what is drawn can shift.
    await page.evaluate(
      () => new Promise((done) => new ResizeObserver((_, self) => (self.disconnect(), done())).observe(document.body)),
    );
    const after = new Map((await page.evaluate(places)).map((row) => [row.id, row]));
    for (const row of before) {
      const now = after.get(row.id);
      if (now === undefined || now.top !== row.top) told.moved.push(`${row.id} ${row.top} to ${now?.top ?? 'nowhere'}`);
      if (now && now.status !== row.status) told.changes += 1;
    }
    before = [...after.values()];
  }
  const shifts = await page.evaluate(() => globalThis.shifts);
  told.score = shifts.reduce((sum, { value }) => sum + value, 0);
  told.what = shifts.flatMap(({ what }) => what);
  return told;
}

const { address, end } = await serve(fileURLToPath(new URL('..', import.meta.url)));
const browser = await browse();
let [passed, failed] = [0, 0];
function expect(what, holds, detail = '') {
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}${holds || !detail ? '' : `: ${detail}`}`);
  if (holds) passed += 1;
  else failed += 1;
}

/** The lively scene, looked at closely or not, a moment after it began. */
async function lively(size, inspected) {
  const page = await browser.newPage({ viewport: size, locale: 'en', timezoneId: 'Asia/Shanghai' });
  await page.clock.install({ time: NOON });
  await page.clock.pauseAt(NOON.getTime() + 1000);
  await page.goto(`${address}/?scene=work&lang=en&theme=light`);
  await page.locator('main').first().waitFor();
  await page.evaluate(() => document.fonts.ready.then(() => undefined));
  await drawn(page);
  await page.locator('#list [role=row]').first().waitFor();
  if (inspected) {
    await page.locator('[data-id="2"]').click({ position: { x: 120, y: 12 } });
    await page.keyboard.press('Control+i');
    await drawn(page);
  }
  await page.evaluate(listen);
  return { page, list: await page.locator('#list').boundingBox() };
}

for (const size of SIZES) {
  for (const inspected of [false, true]) {
    const title = `${size.width}x${size.height}${inspected ? ' with the inspector' : ''}`;
    const still = (where, { score, what }) =>
      expect(
        `${title}: layout shift ${score} over a minute, pointer ${where}`,
        score === 0,
        what.join('; ').slice(0, 900),
      );
    const { page, list } = await lively(size, inspected);
    const over = await minute(page, [list.x + 200, list.y + 150]);
    still('over the list', over);
    const { moved, changes } = over;
    expect(`${title}: no row changes place under the pointer`, moved.length === 0, moved.slice(0, 5).join('; '));
    expect(`${title}: the minute was lively, ${changes} changes of state in sight`, changes > 20);
    // The measure itself: a block pushed in above the list must be seen.
    const push = '<div style="height: 60px; flex: none"></div>';
    await page.evaluate((push) => document.querySelector('#list').insertAdjacentHTML('beforebegin', push), push);
    await drawn(page);
    const pushed = await page.evaluate(() => globalThis.shifts.reduce((sum, { value }) => sum + value, 0));
    expect(`${title}: a push is seen (${pushed.toFixed(3)})`, pushed > over.score);
    await page.close();

    const free = await lively(size, inspected);
    const away = await minute(free.page, [list.x + 200, 4]);
    still('elsewhere', away);
    expect(`${title}: rows go to their groups meanwhile (${away.moved.length} moves)`, away.moved.length > 0);
    await free.page.close();
  }
}
await browser.close();
end();
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
