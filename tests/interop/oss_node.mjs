// OSS by the vendor's JavaScript SDK, ali-oss, with signatures V1 and V4.

import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { Readable } from "node:stream";
import { tmpdir } from "node:os";
import { join } from "node:path";
import OSS from "ali-oss";

const { cloud } = JSON.parse(process.env.SANDBOX);
const { grants, stale, meddler } = JSON.parse(process.env.SUPPLY);
const PART = 100 * 1024;
const BODY = Buffer.alloc(3 * PART, Buffer.from(Array.from({ length: 256 }, (_, n) => n)));
const SMALL = Buffer.from("hello vod");

async function run(sdk, operation, act) {
  let why = null;
  try {
    await act();
  } catch (error) {
    why = `${error.name}: ${error.message}`.replaceAll("\n", " ").slice(0, 300);
  }
  console.log(JSON.stringify({ sdk, operation, why }));
}

function same(got, want, what = "value") {
  const [a, b] = [JSON.stringify(got), JSON.stringify(want)];
  if (a !== b) throw new Error(`${what} is ${a}, not ${b}`);
}

async function refused(act, code) {
  const error = await act().then(() => null, (error) => error);
  if (error === null) throw new Error(`not refused with ${code}`);
  same(error.code, code, "code");
}

async function stored(media) {
  const names = (await readdir(cloud.data)).filter((name) => name.includes(media));
  same(names.length, 1, "number of stored files");
  return readFile(join(cloud.data, names[0]));
}

async function whole(media) {
  same((await stored(media)).equals(BODY), true, "equality of the stored file");
}

async function cases(version) {
  const sdk = `ali-oss (${version.toUpperCase()})`;
  const client = (of, more = {}) =>
    new OSS({
      region: "oss-cn-shanghai",
      endpoint: of.Endpoint,
      bucket: of.Bucket,
      accessKeyId: of.AccessKeyId,
      accessKeySecret: of.AccessKeySecret,
      stsToken: of.SecurityToken,
      // Never asked here, but without it every client prints a piece of advice.
      refreshSTSToken: async () => of,
      authorizationV4: version === "v4",
      secure: false,
      retryMax: 0,
      ...more,
    });

  await run(sdk, "put, head, meta", async () => {
    const of = grants.pop();
    await client(of).put(of.FileName, BODY);
    await whole(of.media);
    const head = await client(of).head(of.FileName);
    same(head.res.headers["content-length"], String(BODY.length));
    const meta = await client(of).getObjectMeta(of.FileName);
    same(meta.res.headers["content-length"], String(BODY.length));
  });

  await run(sdk, "put of a stream, chunked", async () => {
    const of = grants.pop();
    await client(of).putStream(of.FileName, Readable.from([BODY.subarray(0, 7), BODY.subarray(7)]));
    await whole(of.media);
  });

  await run(sdk, "multipart, list in pages, complete", async () => {
    const of = grants.pop();
    const own = client(of);
    const folder = await mkdtemp(join(tmpdir(), "interop-"));
    const file = join(folder, "file");
    await writeFile(file, BODY);
    const { uploadId } = await own.initMultipartUpload(of.FileName);
    const parts = [];
    for (let n = 0; n < 3; n++) {
      const part = await own.uploadPart(of.FileName, uploadId, n + 1, file, n * PART, (n + 1) * PART);
      parts.push({ number: n + 1, etag: part.etag });
    }
    const first = await own.listParts(of.FileName, uploadId, { "max-parts": 2 });
    same([first.parts.length, first.isTruncated], [2, "true"]);
    const marker = first.nextPartNumberMarker;
    const rest = await own.listParts(of.FileName, uploadId, { "part-number-marker": marker });
    // It hands a list of one out as that one.
    same([rest.parts].flat().map((part) => part.PartNumber), ["3"]);
    await own.completeMultipartUpload(of.FileName, uploadId, parts);
    await whole(of.media);
    await rm(folder, { recursive: true });
  });

  await run(sdk, "multipart upload, three at once", async () => {
    const of = grants.pop();
    await client(of).multipartUpload(of.FileName, BODY, { partSize: PART, parallel: 3 });
    await whole(of.media);
  });

  await run(sdk, "abort", async () => {
    const of = grants.pop();
    const own = client(of);
    const { uploadId } = await own.initMultipartUpload(of.FileName);
    await own.abortMultipartUpload(of.FileName, uploadId);
    await refused(() => own.listParts(of.FileName, uploadId), "NoSuchUpload");
  });

  await run(sdk, "refused: wrong secret", async () => {
    const of = grants.pop();
    const wrong = client(of, { accessKeySecret: "wrong" });
    await refused(() => wrong.put(of.FileName, SMALL), "SignatureDoesNotMatch");
  });

  await run(sdk, "refused: tampered on the way", async () => {
    const of = grants.pop();
    const through = client(of, { endpoint: meddler.endpoint });
    await through.put(of.FileName, SMALL, { mime: "text/plain" });
    const mime = `text/${meddler.word}`;
    await refused(() => through.put(of.FileName, SMALL, { mime }), "SignatureDoesNotMatch");
  });

  await run(sdk, "refused: another object", async () => {
    const [one, two] = [grants.pop(), grants.pop()];
    await refused(() => client(one).put(two.FileName, SMALL), "AccessDenied");
  });

  await run(sdk, "refused: expired", async () => {
    const of = stale.pop();
    await new Promise((done) => setTimeout(done, 1100));
    await refused(() => client(of).put(of.FileName, SMALL), "SecurityTokenExpired");
  });

  await run(sdk, "head of nothing", async () => {
    const of = grants.pop();
    await refused(() => client(of).head(of.FileName), "NoSuchKey");
  });
}

await cases("v1");
await cases("v4");
