// Keeps what a caller wrote short enough to be repeated in a message.

const charsMax = 100;

/** The text, cut after 100 characters. */
export function shorten(text: string): string {
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}
