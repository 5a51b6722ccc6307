// The vendor's web upload SDK in a real Chromium: a page on loopback, pairs from the sandbox, storage behind TLS on
// another origin. Storage has its real name, which leads to a relay; every other name is unknown to this browser: the
// SDK reports to a service of the vendor.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { chromium } from "playwright-core";

const PART = 102400;
const page_address = process.env.PAGE;
const { relay } = JSON.parse(process.env.SANDBOX).cloud;
const sdk = "aliyun-upload-vod (Chromium)";

function report(operation, why) {
  console.log(JSON.stringify({ sdk, operation, why }));
}

async function run(operation, act) {
  let why = null;
  try {
    await act();
  } catch (error) {
    why = `${error.name}: ${error.message}`.replaceAll("\n", " ").slice(0, 300);
  }
  report(operation, why);
}

function holds(fact, what) {
  if (!fact) throw new Error(what);
}

const folder = mkdtempSync(join(tmpdir(), "vodlift-web-"));

function file(name, parts) {
  const path = join(folder, name);
  const body = Buffer.alloc(parts * PART - 5);
  for (let at = 0; at < body.length; at += 1) body[at] = (at * 7 + parts) % 251;
  writeFileSync(path, body);
  return { path, body };
}

async function stored(id, body) {
  const answer = await fetch(`${page_address}/stored?${id}`);
  holds(Buffer.from(await answer.arrayBuffer()).equals(body), "the stored file is the one that was sent");
}

const browser = await chromium
  .launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-background-networking",
      "--no-first-run",
      `--host-resolver-rules=MAP *.oss-cn-shanghai.aliyuncs.com 127.0.0.1:${relay}, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1`,
    ],
  })
  .catch((error) => {
    console.error(`skipped: no Chromium can be started: ${error.message.split("\n")[0]}`);
    console.log(JSON.stringify({ sdk, operation: "all", why: null, skipped: "no Chromium can be started" }));
    process.exit(0);
  });

/** A page of its own; `parts` counts the numbers of the parts that were sent. */
async function open() {
  const context = await browser.newContext({ ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const parts = [];
  page.on("request", (request) => {
    const number = new URL(request.url()).searchParams.get("partNumber");
    if (number && request.method() === "PUT") parts.push(Number(number));
  });
  page.setDefaultTimeout(30_000);
  await page.goto(page_address);
  return { page, parts };
}

const ended = (page) => page.waitForFunction(() => told.done.length + told.failed.length > 0);
const told = (page) => page.evaluate(() => told);

async function good(page, id, body) {
  await ended(page);
  const said = await told(page);
  holds(said.failed.length === 0, `failed: ${said.failed}`);
  await stored(id ?? said.ids.at(-1), body);
  return said;
}

// The sandbox has a rule for this: the credential that brings part 4 is over.
await run("credential expires, callback refreshes", async () => {
  const { page } = await open();
  const { path, body } = file("expires.mp4", 6);
  await page.setInputFiles("#file", path);
  const said = await good(page, null, body);
  holds(said.expired === 1, `expired ${said.expired} times`);
});

// And for this: part 9 never ends.
await run("resume after a reload", async () => {
  const { page, parts } = await open();
  const { path, body } = file("resumes.mp4", 10);
  await page.setInputFiles("#file", path);
  await page.waitForFunction(() => {
    const key = Object.keys(localStorage).find((name) => name.startsWith("upload_"));
    return key && JSON.parse(localStorage.getItem(key)).checkpoint.doneParts.length === 8;
  });
  const [id] = (await told(page)).ids;
  await page.reload();
  parts.length = 0;
  await page.setInputFiles("#file", path);
  const said = await good(page, id, body);
  holds(said.started[0] === id, `the SDK knew the video: ${said.started}`);
  holds(parts.every((number) => number > 8), `parts sent again: ${parts}`);
});

await run("video in parts", async () => {
  const { page, parts } = await open();
  const { path, body } = file("lecture.mp4", 3);
  await page.setInputFiles("#file", path);
  await good(page, null, body);
  holds(parts.join() === "1,2,3", `parts ${parts}`);
});

await run("video in one request", async () => {
  const { page } = await open();
  const path = join(folder, "small.mp4");
  const body = Buffer.from("hello vod");
  writeFileSync(path, body);
  await page.setInputFiles("#file", path);
  await good(page, null, body);
});

await run("image", async () => {
  const { page } = await open();
  const { path, body } = file("cover.png", 2);
  await page.setInputFiles("#file", path);
  await good(page, null, body);
});

await run("cancel", async () => {
  const { page } = await open();
  const { path } = file("cancelled.mp4", 12);
  // Never ends either: part 12.
  await page.setInputFiles("#file", path);
  await page.waitForFunction(() => uploader.listFiles()[0]?.checkpoint?.doneParts.length === 11);
  const aborted = page.waitForResponse((answer) => answer.request().method() === "DELETE");
  await page.evaluate(() => uploader.cancelFile(0));
  holds((await aborted).status() === 204, "the upload was aborted");
});

await run("preflight and exposed headers", async () => {
  const { page } = await open();
  const pair = await (await fetch(`${page_address}/create`, { method: "POST" })).json();
  const address = JSON.parse(Buffer.from(pair.address, "base64").toString());
  const url = `https://${address.Bucket}.oss-cn-shanghai.aliyuncs.com/${address.FileName}`;
  const seen = await page.evaluate(async (url) => {
    const answer = await fetch(url, { method: "PUT", body: "x", headers: { "x-oss-notification": "" } });
    return { status: answer.status, id: answer.headers.get("x-oss-request-id"), body: await answer.text() };
  }, url);
  holds(seen.status === 403 && seen.id && seen.body.includes("AccessDenied"), JSON.stringify(seen));
});

await browser.close();
