/** Characters of one line that a person still reads. */
const MAX_LENGTH = 2_000;
/** Of one name in such a line. */
const MAX_QUOTED = 300;
/** What moves a terminal's cursor, ends a line, or turns the direction of what is read. */
const HIDDEN = /[\p{Cc}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text from outside as one line that shows everything it has, e.g. `\u001b` for an escape. */
export function plain(text: string): string {
  const shown = text
    .slice(0, MAX_LENGTH)
    .replace(HIDDEN, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`);
  return text.length > MAX_LENGTH ? `${shown}...` : shown;
}

/** A name from outside in quotes, as a sentence repeats it. */
export function quoted(name: string): string {
  const cut = name.length > MAX_QUOTED ? `${name.slice(0, MAX_QUOTED)}...` : name;
  return plain(JSON.stringify(cut));
}
