// Titles made from a pattern. Pure; knows no transfer.

export interface Named {
  title: string;
  /** File name with its extension. */
  name: string;
  /** Folder as the system writes it. */
  folder: string;
}

export interface Piece {
  text: string;
  token: boolean;
}

/** VOD: at most 128 UTF-8 bytes. */
export const TITLE_BYTES = 128;
export const TOKENS = ['{title}', '{file}', '{folder}', '{date}', '{n}', '{n:02}'] as const;

const TOKEN = /\{(title|file|folder|date|n)(?::0([1-9]))?\}/g;
const encoder = new TextEncoder();

/** The title of the `n`th one, counted from 1. Braces that name nothing stay as they are. */
export function fill(pattern: string, named: Named, n: number, today: Date): string {
  const facts: Record<string, string> = {
    title: named.title,
    file: named.name.replace(/\.[^.]+$/, ''),
    folder: named.folder.split(/[\\/]/).filter(Boolean).at(-1) ?? '',
    date: isoDay(today),
    n: String(n),
  };
  return pattern
    .replace(TOKEN, (_, token: string, width?: string) =>
      width === undefined ? (facts[token] ?? '') : (facts[token] ?? '').padStart(Number(width), '0'),
    )
    .trim();
}

/** The pattern cut into what is replaced and what stays. */
export function pieces(pattern: string): Piece[] {
  const result: Piece[] = [];
  let end = 0;
  for (const match of pattern.matchAll(TOKEN)) {
    if (match.index > end) result.push({ text: pattern.slice(end, match.index), token: false });
    result.push({ text: match[0], token: true });
    end = match.index + match[0].length;
  }
  if (end < pattern.length) result.push({ text: pattern.slice(end), token: false });
  return result;
}

/** Bytes VOD would count. */
export function bytes(title: string): number {
  return encoder.encode(title).length;
}

export function fits(title: string): boolean {
  return title !== '' && bytes(title) <= TITLE_BYTES;
}

function isoDay(day: Date): string {
  const two = (figure: number) => String(figure).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}
