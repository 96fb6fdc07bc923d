/** E-mail addresses from pasted text: one per line or between commas and semicolons, also as "Ada Okafor <ada@example.org>". */
export interface Addresses {
  good: string[];
  /** What is there and is no address. */
  bad: string[];
}

const ADDRESS = /^[^\s@<>"(),;:]+@[^\s@<>"(),;:]+\.[^\s@<>"(),;:.]{2,}$/;

export function addressesOf(text: string): Addresses {
  const good: string[] = [];
  const bad: string[] = [];
  for (const line of text.split(/[\n,;]+/)) {
    const piece = line.trim();
    if (!piece) continue;
    const address = /<([^<>]*)>\s*$/.exec(piece)?.[1]?.trim() ?? piece;
    if (!ADDRESS.test(address)) bad.push(piece);
    else if (!good.some((other) => other.toLowerCase() === address.toLowerCase())) good.push(address);
  }
  return { good, bad };
}
