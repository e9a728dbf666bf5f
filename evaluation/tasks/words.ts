/** Lower-case words and numbers of a text; names like `findBus_2` fall into their parts. */
export function words(text: string): string[] {
  const spaced = text.replaceAll(/(\p{Ll})(\p{Lu})/gu, '$1 $2').toLowerCase();
  return spaced.match(/\p{L}+|\p{N}+/gu) ?? [];
}
