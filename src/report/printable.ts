/** Text from outside as a terminal shows it: nothing in it breaks a line, turns one around, or gives a command. */

const commands = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** The text with control characters (C0, DEL, C1), line and paragraph separators and changes of direction escaped as JSON escapes them. */
export function printable(text: string): string {
  return text.replace(commands, escapeCode);
}

/** The text without them, where there is no room. */
export function withoutCommands(text: string): string {
  return text.replace(commands, "");
}

function escapeCode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
