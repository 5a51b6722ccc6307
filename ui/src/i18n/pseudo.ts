// English in disguise, for looking at the page: each letter wears an accent and each sentence is a third longer, so that
// words which are in no catalogue stand out, and controls that only fit English break. Never shipped.

const PLAIN = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';
const WORN = 'åƀçđéƒĝĥîĵķļɱñôƥǫŕšŧûṽŵẋýžÅƁÇĐÉƑĜĤÎĴĶĻṀÑÔƤǪŔŠŦÛṼŴẊÝŽ';
const FILLING = 'ôñé ŧŵô ŧĥŕéé ƒôûŕ ƒîṽé šîẋ šéṽéñ éîĝĥŧ ñîñé ŧéñ éļéṽéñ ŧŵéļṽé ';
const LONGER = 0.35;

/** A sentence in disguise. The names of its facts stay. */
export function disguised(sentence: string): string {
  const worn = sentence.replace(/\{\w+\}|[A-Za-z]/g, (piece) => WORN[PLAIN.indexOf(piece)] ?? piece);
  const more = Math.ceil(sentence.replace(/\{\w+\}/g, '').length * LONGER);
  const filling = FILLING.repeat(Math.ceil(more / FILLING.length)).slice(0, more);
  return `${worn} ${filling}`.trim();
}
