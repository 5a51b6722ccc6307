// What a screen reader hears: one polite sentence a second at most, and an assertive one for what blocks everything.

const BATCH = 1000;

export class Announcer {
  polite = $state('');
  assertive = $state('');
  #waiting: string[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  say(sentence: string): void {
    this.#waiting.push(sentence);
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      // Ten failures at once are told as the last three; the header carries the count.
      const words = this.#waiting.slice(-3).join('. ');
      // The same words again are only read when they are another text: a status asked for twice.
      this.polite = words === this.polite ? `${words}\u00a0` : words;
      this.#waiting = [];
    }, BATCH);
  }

  shout(sentence: string): void {
    this.assertive = sentence;
  }
}
