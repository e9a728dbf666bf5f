/** A text with its white space as single spaces and in Unicode's composed form; undefined when nothing is left. */
export function plainText(text: string, { ignoreCase = false } = {}): string | undefined {
  const plain = text.normalize('NFC').trim().replaceAll(/\s+/g, ' ');
  if (plain === '') return undefined;
  return ignoreCase ? plain.toLowerCase() : plain;
}
