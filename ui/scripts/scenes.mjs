// Draws every screen in both themes, both languages and both sizes, compares it with the kept picture, asks axe-core
// about it and looks for what is cut off; then enlarged, in the system's own colours, with more contrast and in a
// language that nobody speaks. `npm run scenes [-- --accept] [FILTER]`; what differs goes to tests/out/scenes.
import { readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { clipped, faint, hardCoded, moving, overlaps, sideways, unforced } from './scenes/checks.mjs';
import { TYPED, drawn, scenes } from './scenes/list.mjs';
import { Pictures } from './scenes/pictures.mjs';
import { browse, open, serve } from './scenes/stage.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, '../tests/out/scenes');
const AT_ONCE = 2;
const LANGUAGES = ['en', 'zh-CN'];
const THEMES = ['light', 'dark'];
const SIZES = [
  { width: 1280, height: 800 },
  { width: 900, height: 600 },
];
/** What is left of a window at a zoom of 200 %: looked at for what is cut off, not kept as a picture. */
const zoomed = ({ width, height }) => ({ width: width / 2, height: height / 2 });

const words = process.argv.slice(2);
const accept = words.includes('--accept');
const filter = words.find((word) => !word.startsWith('--')) ?? '';
const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const pictures = new Pictures(join(root, 'screens'), out);

// A visit goes to one screen in one language and size, and looks at it in several ways.
const SYSTEM = ['forced', 'contrast'];
const visits = LANGUAGES.flatMap((lang) =>
  SIZES.flatMap((size) => {
    const ways = lang === 'en' && size === SIZES[0] ? [...SYSTEM, 'zoomed'] : ['zoomed'];
    return scenes.map((screen) => ({ ...screen, lang, size, looks: [...THEMES, ...ways] }));
  }),
);
for (const screen of scenes) visits.push({ ...screen, lang: 'pseudo', size: SIZES[0], looks: ['words'] });
const titleOf = ({ name, lang, size }, look) => `${name}-${lang}-${look}-${size.width}`;

let [passed, failed] = [0, 0];
await rm(out, { recursive: true, force: true });
const { address, end } = await serve(root);
const browser = await browse();

async function wear(page, theme) {
  await page.emulateMedia({ colorScheme: theme });
  await drawn(page);
}

async function examine(page) {
  const complaints = [];
  for (const check of [sideways, clipped, overlaps]) complaints.push(...(await page.evaluate(check)));
  return complaints;
}

/** What axe-core says. It waits, so time has to run. */
async function violations(page) {
  const found = await page.evaluate(async () => {
    // An open menu floats outside every landmark, as menus do.
    const menu = document.querySelector('[role=menu]');
    const { violations } = await globalThis.axe.run(menu ? { rules: { region: { enabled: false } } } : {});
    return violations.map(({ id, nodes }) => ({
      id,
      nodes: nodes.map(({ html, failureSummary }) => `${html.slice(0, 160)} ${failureSummary}`.replace(/\s+/g, ' ')),
    }));
  });
  return found.map(({ id, nodes }) => `axe ${id} × ${nodes.length}: ${nodes[0]}`);
}

/** Another size of the window, with all that is open in it. */
async function resize(page, size) {
  await page.setViewportSize(size);
  await page.waitForFunction((width) => innerWidth === width, size.width);
  await drawn(page);
  return examine(page);
}

/** Ways to look at a screen that stand beside its pictures. */
const ways = {
  zoomed: (page, { size }) => resize(page, zoomed(size)),
  words: async (page) => [
    ...(await page.evaluate(hardCoded, TYPED)),
    ...(await examine(page)),
    ...(await resize(page, SIZES[1])),
    ...(await resize(page, zoomed(SIZES[0]))),
  ],
  forced: async (page, screen) => {
    await page.emulateMedia({ forcedColors: 'active' });
    await drawn(page);
    await page.screenshot({ path: join(out, `${titleOf(screen, 'forced')}.png`), animations: 'disabled' });
    const complaints = await page.evaluate(unforced);
    await page.emulateMedia({ forcedColors: 'none' });
    return complaints;
  },
  contrast: async (page) => {
    const complaints = [];
    for (const colorScheme of THEMES) {
      await page.emulateMedia({ contrast: 'more', colorScheme });
      await drawn(page);
      complaints.push(...(await page.evaluate(faint)));
    }
    await page.emulateMedia({ contrast: 'no-preference' });
    return complaints;
  },
};

async function visit(screen) {
  const { act, scene, lang, size } = screen;
  const looks = screen.looks.filter((look) => titleOf(screen, look).includes(filter));
  if (looks.length === 0) return;
  const complaints = new Map(looks.map((look) => [look, []]));
  const everywhere = (text) => looks.forEach((look) => complaints.get(look).push(text));
  let page = null;
  try {
    page = await open(browser, address, { scene, lang, size }, everywhere);
    await act?.(page);
    await drawn(page);
    const themes = looks.filter((look) => THEMES.includes(look));
    // All pictures while time stands still.
    for (const theme of themes) {
      await wear(page, theme);
      const png = await page.screenshot({ animations: 'disabled' });
      const odd = await pictures.judge(titleOf(screen, theme), png, accept);
      if (odd) complaints.get(theme).push(odd);
    }
    // Injected by the driver, past the page's own policy.
    await page.evaluate(axe);
    await page.clock.resume();
    for (const theme of themes) {
      await wear(page, theme);
      complaints
        .get(theme)
        .push(...(await page.evaluate(moving)), ...(await examine(page)), ...(await violations(page)));
    }
    // Enlarged last: a screen that has been folded does not always unfold to the same place.
    for (const look of looks.filter((look) => look in ways)) {
      complaints.get(look).push(...(await ways[look](page, screen)));
    }
  } catch (error) {
    everywhere(String(error).split('\n').slice(0, 4).join(' '));
  }
  await page?.close();
  for (const [look, words] of complaints) {
    if (words.length === 0) passed += 1;
    else failed += 1;
    for (const word of words) console.log(`${titleOf(screen, look)}: ${word}`);
  }
}

const queue = [...visits];
await Promise.all(
  Array.from({ length: AT_ONCE }, async () => {
    for (let next = queue.shift(); next; next = queue.shift()) await visit(next);
  }),
);
await browser.close();
end();
if (!filter) {
  const names = visits.flatMap((screen) =>
    screen.looks.filter((look) => THEMES.includes(look)).map((theme) => titleOf(screen, theme)),
  );
  for (const file of await pictures.stale(names, accept)) {
    failed += 1;
    console.log(`${file}: kept, but no screen draws it`);
  }
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed ? 1 : 0;
