// Pasted credentials taken apart and shortened, so that no secret is drawn. Pure; keeps nothing.

const HEAD = 16;
const TAIL = 4;

/** First 16 and last 4 characters. A text too short for that would be shown whole, so less of it is shown. */
export function shorten(text: string): string {
  const letters = [...text];
  if (letters.length <= HEAD + TAIL + 4) return `${letters.slice(0, TAIL).join('')} …`;
  return `${letters.slice(0, HEAD).join('')} … ${letters.slice(-TAIL).join('')}`;
}

export interface Taken {
  address: string | null;
  auth: string | null;
}

/** The two fields of a whole API answer, JSON or XML; null when the text is none. */
export function takeApart(text: string): Taken | null {
  const address = fieldOf(text, 'UploadAddress');
  const auth = fieldOf(text, 'UploadAuth');
  return address === null && auth === null ? null : { address, auth };
}

function fieldOf(text: string, name: string): string | null {
  const spelled = `${name[0]?.toLowerCase()}${name.slice(1)}`;
  const json = new RegExp(`"(?:${name}|${spelled})"\\s*:\\s*"([^"]+)"`).exec(text);
  const xml = new RegExp(`<${name}>([^<]+)</${name}>`).exec(text);
  const found = (json ?? xml)?.[1];
  return found === undefined ? null : bare(found.replace(/\\[nr]/g, '').replace(/\\\//g, '/'));
}

/** Without the blanks and line breaks of a mail. */
export function bare(text: string): string {
  return text.replace(/\s+/g, '');
}

/** The JSON inside Base64; null when there is none. */
export function inside(text: string): Record<string, unknown> | null {
  try {
    const bytes = Uint8Array.from(atob(bare(text)), (letter) => letter.charCodeAt(0));
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null;
  } catch {
    return null;
  }
}

/** An UploadAddress holds no secret and may be drawn; whatever is not surely one may not. */
export function isAddress(text: string): boolean {
  const fields = inside(text);
  if (!fields || !('Bucket' in fields || 'Endpoint' in fields || 'FileName' in fields)) return false;
  return !Object.keys(fields).some((name) => /secret|token|password|signature|accesskey/i.test(name));
}

/** Does a text look like a credential pair or an API answer that carries one? */
export function looksLikePair(text: string): boolean {
  if (takeApart(text)) return true;
  const fields = text.length > 40 && /^[A-Za-z0-9+/=\s]+$/.test(text) ? inside(text) : null;
  return fields !== null && ('Bucket' in fields || 'AccessKeyId' in fields);
}
