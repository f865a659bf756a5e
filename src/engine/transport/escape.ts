const NAMED: Readonly<Record<string, string>> = { '\t': '\\t', '\r': '\\r', '\u001b': '\\e' };

/**
 * Text from a host, safe to print: control characters (C0 but newline, DEL, C1) and the characters that turn the
 * direction of writing come out as escapes, so that no host can move the cursor or disguise what it says.
 */
export function escapeControls(text: string): string {
  return text.replace(
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069]/g,
    (char) => NAMED[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
