// Every screen of the interface, and how a person comes there. Knows the imitated host's scenes; nothing of pictures.

/** Time inside the page stands still: it passes only here. */
export const pass = (page, ms) => page.clock.runFor(ms);

/**
 * The browser has drawn what it was told, and the page has answered. Its own clock stands still, and a busy machine is
 * late: an observer of sizes is only called while a frame is being made.
 */
export async function drawn(page) {
  const frame = () =>
    new Promise((done) => new ResizeObserver((_, self) => (self.disconnect(), done())).observe(document.body));
  await page.evaluate(frame);
  await pass(page, 400);
  await page.evaluate(frame);
}

const row = (page, id) => page.locator(`[role=row][data-id="${id}"]`);
const spot = { position: { x: 120, y: 12 } };
const select = async (page, id, ...more) => {
  await row(page, id).click(spot);
  for (const other of more) await row(page, other).click({ ...spot, modifiers: ['Shift'] });
};
const press = async (page, ...keys) => {
  for (const key of keys) await page.keyboard.press(key);
  await pass(page, 400);
};
const inspect = async (page, id, tab) => {
  await select(page, id);
  await press(page, 'Control+i');
  if (tab) await page.locator(`#inspector-${tab}`).click();
  await pass(page, 400);
};
/** The pointer out of the way of what has opened under it. */
const aside = async (page) => {
  await page.mouse.move(1, 1);
  await pass(page, 400);
};
/** The one action of the failed row, taken in its card. */
const remedy = async (page) => {
  await inspect(page, '1');
  await page.locator('aside section button').first().click();
  await pass(page, 400);
};
const expand = async (page) => {
  await row(page, '2').locator('.pill').click();
  await pass(page, 400);
};
const settings = (section) => async (page) => {
  await press(page, 'Control+,');
  await page.locator(`#tab-${section}`).click();
  await pass(page, 400);
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
const paste = (page, box, text) =>
  page.evaluate(
    ([box, text]) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', text);
      const area = document.querySelectorAll('textarea')[box];
      area.focus();
      area.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
    },
    [box, text],
  );
const decode = async (page, address, auth) => {
  await press(page, 'Control+3');
  await paste(page, 0, address);
  await paste(page, 1, auth);
  await pass(page, 400);
};
const connect = async (page, method = 0) => {
  await press(page, 'Enter');
  await page.locator('[role=dialog] [role=radio]').nth(method).click();
  await pass(page, 400);
};

/** Texts that are nobody's words: typed into the screens below, or names of files shown as examples. */
export const TYPED = [
  ...[
    'Zanzibar',
    'cn-shanghai',
    'MIT OR Apache-2.0',
    '{title} · S2E{n:02}',
    '· S2E01',
    '· S2E02',
    '· S2E03',
    '· S2E04',
  ],
  ...['four-mornings', 'four mornings', '.mp4', '.en.srt', '.jpg'],
];

/** A key typed into the dialog and tested. */
const tested = async (page) => {
  await connect(page);
  await page.locator('[role=dialog] input:not([type=password])').nth(0).fill('Studio North');
  await page.locator('[role=dialog] input:not([type=password])').nth(1).fill('LTAI5tQnX8vExampleKey9Zr');
  await page.locator('input[type=password]').first().fill('0123456789012345678901234567');
  await page.locator('.foot button').first().click();
  await pass(page, 400);
};

export const scenes = [
  { name: 'first', scene: 'first' },
  { name: 'empty', scene: 'empty' },
  { name: 'sandbox', scene: 'sandbox' },
  { name: 'queue', scene: 'queue', act: expand },
  { name: 'states', scene: 'states' },
  { name: 'offline', scene: 'offline' },
  { name: 'drop', scene: 'drop', act: (page) => pass(page, 900) },
  {
    name: 'left-out',
    scene: 'queue',
    act: async (page) => {
      await press(page, 'Control+o');
      await aside(page);
    },
  },
  { name: 'profile-key', scene: 'first', act: tested },
  { name: 'profile-limits', scene: 'limited', act: tested },
  { name: 'profile-server', scene: 'first', act: (page) => connect(page, 1) },
  { name: 'profile-pair', scene: 'first', act: (page) => connect(page, 2) },
  {
    name: 'inspector',
    scene: 'queue',
    act: async (page) => {
      await expand(page);
      await inspect(page, '2');
    },
  },
  { name: 'inspector-waiting', scene: 'queue', act: (page) => inspect(page, '8') },
  { name: 'inspector-same', scene: 'same', act: (page) => inspect(page, '11') },
  { name: 'inspector-odd', scene: 'odd', act: (page) => inspect(page, '11') },
  { name: 'inspector-log', scene: 'queue', act: (page) => inspect(page, '1', 'log') },
  { name: 'failed', scene: 'queue', act: (page) => inspect(page, '1', 'transfer') },
  { name: 'certificates', scene: 'untrusted', act: (page) => remedy(page) },
  { name: 'answer', scene: 'shapeless', act: (page) => remedy(page) },
  {
    name: 'menu',
    scene: 'queue',
    act: async (page) => {
      await row(page, '2').click({ ...spot, button: 'right' });
      await aside(page);
    },
  },
  {
    name: 'profiles-menu',
    scene: 'queue',
    act: async (page) => {
      await page.locator('[data-region=sidebar] [aria-haspopup=menu]').click();
      await aside(page);
    },
  },
  { name: 'selection', scene: 'queue', act: (page) => select(page, '6', '8') },
  {
    name: 'bulk',
    scene: 'queue',
    act: async (page) => {
      await row(page, '9').click(spot);
      await page.keyboard.press('ArrowDown');
      await page.keyboard.press('ArrowDown');
      for (let i = 0; i < 3; i++) await page.keyboard.press('Shift+ArrowDown');
      await press(page, 'Control+i');
      await page.locator('#bulk-title').fill('{title} · S2E{n:02}');
      await pass(page, 400);
    },
  },
  {
    name: 'toast',
    scene: 'queue',
    act: async (page) => {
      await select(page, '8');
      await press(page, 'Delete');
    },
  },
  {
    name: 'search-none',
    scene: 'queue',
    act: async (page) => {
      await page.locator('[data-search]').fill('Zanzibar');
      await pass(page, 400);
    },
  },
  { name: 'history', scene: 'queue', act: (page) => press(page, 'Control+2') },
  { name: 'decode-empty', scene: 'queue', act: (page) => press(page, 'Control+3') },
  { name: 'decode', scene: 'queue', act: (page) => decode(page, pair.address, pair.auth) },
  { name: 'decode-broken', scene: 'queue', act: (page) => decode(page, 'not base64, surely', pair.address) },
  ...['transfers', 'network', 'notifications', 'appearance', 'profiles', 'shortcuts', 'about'].map((section) => ({
    name: `settings-${section}`,
    scene: 'settings',
    act: settings(section),
  })),
  {
    name: 'palette',
    scene: 'queue',
    act: async (page) => {
      await select(page, '2');
      await page.mouse.move(1, 1);
      await press(page, 'Control+k');
      await page.keyboard.type('pau');
      await pass(page, 400);
    },
  },
  {
    name: 'shortcuts',
    scene: 'queue',
    act: async (page) => {
      await select(page, '2');
      await press(page, '?');
    },
  },
];
