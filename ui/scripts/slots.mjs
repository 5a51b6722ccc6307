// A row that comes into sight is drawn where another has left: after scrolling to and fro each must be the one that a page
// opened anew has there, in words, picture, place and what is told of it. Time is the page's own. `npm run slots`
import { fileURLToPath } from 'node:url';

import { browse, serve } from './scenes/stage.mjs';

const STEPS = 60;
const NOON = new Date('2026-03-12T14:06:00+08:00');
const DEEP = { many: 40_000, queue: 1200 };

/** Runs in the page: what each mounted row shows. */
const shown = () =>
  [...document.querySelectorAll('#list [role=row][data-id]')].map((row) => {
    const canvas = row.querySelector('.thumb canvas');
    const dots = canvas?.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data ?? [];
    const told = ['aria-label', 'aria-rowindex', 'aria-posinset', 'style', 'tabindex'].map((name) =>
      row.getAttribute(name),
    );
    return [row.dataset.id, row.innerText, ...told, dots.reduce((sum, dot) => (sum * 31 + dot) | 0, 7)].join(' ');
  });

const { address, end } = await serve(fileURLToPath(new URL('..', import.meta.url)));
const browser = await browse();
let passed = 0;
let failed = 0;

async function opened(scene) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce' });
  await page.clock.install({ time: NOON });
  await page.goto(`${address}/?still&scene=${scene}&lang=en&theme=light`);
  await page.locator('#list [role=row]').first().waitFor();
  await page.clock.runFor(1000);
  return page;
}
async function scroll(page, top) {
  await page.evaluate((top) => (document.querySelector('#list').scrollTop = top), top);
  await page.clock.runFor(40);
}
/** Once the list has come to rest and its pictures are drawn. */
async function rested(page) {
  for (let last = null; ;) {
    await page.clock.runFor(500);
    const rows = await page.evaluate(shown);
    if (last !== null && rows.join() === last.join()) return rows;
    last = rows;
  }
}

for (const [scene, deep] of Object.entries(DEEP)) {
  const used = await opened(scene);
  for (let seed = 1; seed <= 3; seed += 1) {
    let top = 0;
    for (let i = 0; i < STEPS; i += 1) {
      const far = Math.sin(seed * 97 + i * i) * 900 + 150;
      top = Math.round(Math.min(deep, Math.max(0, top + far)));
      await scroll(used, top);
    }
    const fresh = await opened(scene);
    await scroll(fresh, top);
    const [after, anew] = [await rested(used), await rested(fresh)];
    const other = after.find((row, i) => row !== anew[i]);
    if (anew.length > 10 && after.length === anew.length && !other) passed += 1;
    else {
      failed += 1;
      console.log(`FAILED ${scene} at ${top}: ${after.length} rows, anew ${anew.length}; ${other}`);
    }
    await fresh.close();
  }
  await used.close();
}
await browser.close();
end();
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
