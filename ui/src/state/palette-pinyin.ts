// First letters of Chinese text, so that `csdl` finds 传输队列. Knows collation, no dictionary and no command.

// The collation of the platform orders Chinese by reading; each of these is the first of its letter.
const FIRST = [...'阿八嚓哒妸发旮哈讥咔垃妈拏噢妑七呥仨它穵夕丫帀'];
const LETTERS = 'abcdefghjklmnopqrstwxyz';

// Read differently in words of the interface and in common titles than where collation puts them.
const ALSO: Record<string, string> = { 重: 'c', 长: 'c', 传: 'z', 行: 'h', 调: 't', 还: 'h', 乐: 'y', 藏: 'z' };

const order = new Intl.Collator('zh-CN-u-co-pinyin');
const known = new Map<string, string>();

/** The letters a character may stand for: one or two for Chinese, itself for the rest, none for blanks. */
export function letters(character: string): string {
  const found = known.get(character);
  if (found !== undefined) return found;
  const result = /\p{Script=Han}/u.test(character)
    ? initial(character) + (ALSO[character] ?? '')
    : /[\p{L}\p{N}]/u.test(character)
      ? character.toLowerCase()
      : '';
  known.set(character, result);
  return result;
}

function initial(character: string): string {
  let low = 0;
  let high = FIRST.length - 1;
  if (order.compare(character, FIRST[0] ?? '') < 0) return '';
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (order.compare(character, FIRST[middle] ?? '') >= 0) low = middle;
    else high = middle - 1;
  }
  return LETTERS[low] ?? '';
}

/** Per character that counts, what it may be typed as. */
export function readings(text: string): string[] {
  return [...text].map(letters).filter((options) => options !== '');
}

/** Has it Chinese characters at all? */
export function hasHan(text: string): boolean {
  return /\p{Script=Han}/u.test(text);
}
