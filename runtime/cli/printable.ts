/** Text of a model or a data set made safe for a terminal: control characters other than line breaks and tabs are shown, not obeyed. */
export function printable(text: string): string {
  return text.replace(
    /(?![\n\t])\p{Cc}/gu,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
