/**
 * The numbers of a text in one form: digits, a minus sign before those below zero, no separators of thousands, no zeros
 * that say nothing (`$1,200.50` is `1200.5`, `007` is `7`, `-0.0` is `0`). A full stop that ends a sentence is none of a number.
 */
export function numberTexts(text: string): string[] {
  return [...text.matchAll(NUMBER)].map(([found]) => canonical(found));
}

// A minus sign right after a digit, a letter or a bracket takes away or joins words.
const NUMBER = /(?<![\w)\]])[-\u2212](?=\$?\.?\d)\$?\d*(?:,\d{3})*(?:\.\d+)?|\d+(?:,\d{3})*(?:\.\d+)?|\.\d+/g;

function canonical(found: string): string {
  const isNegative = /^[-\u2212]/.test(found);
  const [whole = '', fraction = ''] = found.replaceAll(/[^\d.]/g, '').split('.');
  const digits = whole.replace(/^0+(?=\d)/, '') || '0';
  const decimals = fraction.replace(/0+$/, '');
  const size = decimals === '' ? digits : `${digits}.${decimals}`;
  return isNegative && size !== '0' ? `-${size}` : size;
}
