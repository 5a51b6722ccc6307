// Makes a small picture of an image or of a film's first second. Decodes off the main thread where the web view can.

/** Twice 64 × 36. */
export const WIDTH = 128;
export const HEIGHT = 72;
/** A busy computer takes seconds to begin with a film; one that cannot be shown says so at once. */
const LIMIT = 20_000;
const PATIENCE = 1000;
const SECOND = 1;

/** The largest piece of a picture that has the shape of a thumbnail, from its middle. */
export function middle(width: number, height: number): [x: number, y: number, width: number, height: number] {
  const scale = Math.min(width / WIDTH, height / HEIGHT);
  const [w, h] = [WIDTH * scale, HEIGHT * scale];
  return [(width - w) / 2, (height - h) / 2, w, h];
}

export async function image(url: string): Promise<CanvasImageSource> {
  const element = new Image();
  element.decoding = 'async';
  element.src = url;
  await element.decode();
  const { naturalWidth: width, naturalHeight: height } = element;
  return await createImageBitmap(element, ...middle(width, height), { resizeWidth: WIDTH, resizeHeight: HEIGHT });
}

/** The host gives a film's opening, few enough bytes to be held: no web view plays everything that is not `http`. */
export async function poster(url: string): Promise<CanvasImageSource> {
  const late = AbortSignal.timeout(LIMIT);
  const answer = await fetch(url, { signal: late });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const film = URL.createObjectURL(await answer.blob());
  const video = document.createElement('video');
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  canvas.width = WIDTH;
  canvas.height = HEIGHT;
  const draw = () => pen?.drawImage(video, ...middle(video.videoWidth, video.videoHeight), 0, 0, WIDTH, HEIGHT);
  try {
    video.muted = true;
    video.playsInline = true;
    video.preload = 'auto';
    video.src = film;
    await happens(video, 'loadeddata', late);
    if (video.videoWidth === 0) throw new Error('no picture');
    draw();
    // Many films begin in black. What lies behind the opening cannot be sought: then the first picture stays.
    video.currentTime = Math.min(SECOND, video.duration / 2);
    const sought = await happens(video, 'seeked', AbortSignal.timeout(PATIENCE)).then(
      () => true,
      () => false,
    );
    if (sought && video.readyState >= video.HAVE_CURRENT_DATA) draw();
    return canvas;
  } finally {
    // Lets go of the decoder and of the bytes at once.
    video.removeAttribute('src');
    video.load();
    URL.revokeObjectURL(film);
  }
}

function happens(video: HTMLVideoElement, what: string, late: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(what));
    if (late.aborted) return fail();
    video.addEventListener(what, () => resolve(), { once: true, signal: late });
    video.addEventListener('error', fail, { once: true, signal: late });
    late.addEventListener('abort', fail, { once: true });
  });
}
