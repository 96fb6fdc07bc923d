/** Which of many fit the words that were typed, and in which order. */

/** Every word must occur; a match at the start counts most, then one at the start of a word. 0 when one doesn't occur. */
export function score(text: string, words: string[]): number {
  const hay = text.toLowerCase();
  let sum = 0;
  for (const word of words) {
    const at = hay.indexOf(word);
    if (at < 0) return 0;
    sum += at === 0 ? 3 : /\W/.test(hay[at - 1]!) ? 2 : 1;
  }
  return sum || 1;
}

const EXACTLY = 100;

/** As `score`; of a card the title counts more than the key, which all cards of its board share, and its whole reference more than all. */
export function cardScore(card: { reference: string; title: string }, words: string[]): number {
  const reference = card.reference.toLowerCase();
  let sum = 0;
  for (const word of words) {
    const inTitle = score(card.title, [word]);
    if (word === reference) sum += EXACTLY;
    else if (inTitle) sum += 1 + inTitle;
    else if (reference.includes(word)) sum += 1;
    else return 0;
  }
  return sum || 1;
}

/** The best of them, at most so many; those of the same rank stay in their order. */
export function best<T>(items: readonly T[], rank: (item: T) => number, most: number): T[] {
  return items
    .map((item) => ({ item, rank: rank(item) }))
    .filter((entry) => entry.rank > 0)
    .sort((a, b) => b.rank - a.rank)
    .slice(0, most)
    .map(({ item }) => item);
}
