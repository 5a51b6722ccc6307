// Makes a small picture of an image. Decodes off the main thread where the web view can.

/** Twice 64 × 36. */
export const WIDTH = 128;
export const HEIGHT = 72;

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
