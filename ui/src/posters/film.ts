// Makes a small picture of a film's first second.
import { HEIGHT, middle, WIDTH } from '../state/stills-draw';

/** A busy computer takes seconds to begin with a film; one that cannot be shown says so at once. */
const LIMIT = 20_000;
const PATIENCE = 1000;
const SECOND = 1;
const QUALITY = 0.85;

/** As a `data:` address. The host gives a film's opening, few enough bytes to be held: no web view plays all but `http`. */
export async function poster(url: string): Promise<string> {
  const late = AbortSignal.timeout(LIMIT);
  const answer = await fetch(url, { signal: late });
  if (!answer.ok) throw new Error(`${answer.status}`);
  const film = URL.createObjectURL(await answer.blob());
  try {
    // WebKitGTK fails now and then at a film whose index stands behind its media.
    return await first(film, late).catch(() => first(film, late));
  } finally {
    URL.revokeObjectURL(film);
  }
}

async function first(film: string, late: AbortSignal): Promise<string> {
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
    return canvas.toDataURL('image/jpeg', QUALITY);
  } finally {
    // Lets go of the decoder at once.
    video.removeAttribute('src');
    video.load();
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
