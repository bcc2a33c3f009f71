// Finds one piece of a pattern in a text, in time that a hostile pattern or text cannot stretch.

/** Stands for any one character in the codes of a piece. */
export const anyOne = -1;

const wordBits = 32;

/** The offset after the leftmost fit that starts at `from` or later and ends by `end`; -1 when there is none. */
export type Finder = (text: string, from: number, end: number) => number;

/** `piece` is not empty; -1 in it stands for any one character. */
export function finderOf(piece: readonly number[]): Finder {
  return piece.includes(anyOne) ? openFinder(piece) : literalFinder(piece);
}

/** Knuth, Morris and Pratt: each character of the text is looked at once, and falls back at most as often. */
function literalFinder(piece: readonly number[]): Finder {
  const fallbacks = fallbacksOf(piece);
  return (text, from, end) => {
    let matched = 0;
    for (let at = from; at < end; at += 1) {
      const code = text.charCodeAt(at);
      while (matched > 0 && piece[matched] !== code) matched = fallbacks[matched - 1] ?? 0;
      if (piece[matched] === code) matched += 1;
      if (matched === piece.length) return at + 1;
    }
    return -1;
  };
}

/** For each prefix, the length of its longest proper border. */
function fallbacksOf(piece: readonly number[]): Uint32Array {
  const fallbacks = new Uint32Array(piece.length);
  let matched = 0;
  for (let index = 1; index < piece.length; index += 1) {
    while (matched > 0 && piece[matched] !== piece[index]) matched = fallbacks[matched - 1] ?? 0;
    if (piece[matched] === piece[index]) matched += 1;
    fallbacks[index] = matched;
  }
  return fallbacks;
}

/** Shift-and (Baeza-Yates and Gonnet): bit n says that the first n+1 characters of the piece end here. */
function openFinder(piece: readonly number[]): Finder {
  const words = Math.ceil(piece.length / wordBits);
  const masks = masksOf(piece, words);
  const anything = masks.get(anyOne) ?? new Uint32Array(words);
  const lastBit = 1 << ((piece.length - 1) % wordBits);
  return (text, from, end) => {
    const state = new Uint32Array(words);
    for (let at = from; at < end; at += 1) {
      const mask = masks.get(text.charCodeAt(at)) ?? anything;
      let carry = 1;
      for (let word = 0; word < words; word += 1) {
        const bits = state[word] ?? 0;
        state[word] = ((bits << 1) | carry) & (mask[word] ?? 0);
        carry = bits >>> (wordBits - 1);
      }
      if (((state[words - 1] ?? 0) & lastBit) !== 0) return at + 1;
    }
    return -1;
  };
}

/** By character, the places of the piece at which it may stand; `?` lets every character stand. */
function masksOf(piece: readonly number[], words: number): ReadonlyMap<number, Uint32Array> {
  const anything = new Uint32Array(words);
  piece.forEach((code, index) => {
    if (code === anyOne) setBit(anything, index);
  });
  const masks = new Map([[anyOne, anything]]);
  piece.forEach((code, index) => {
    const mask = masks.get(code) ?? anything.slice();
    masks.set(code, mask);
    setBit(mask, index);
  });
  return masks;
}

function setBit(mask: Uint32Array, index: number): void {
  const word = Math.floor(index / wordBits);
  mask[word] = (mask[word] ?? 0) | (1 << (index % wordBits));
}
