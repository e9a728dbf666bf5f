import { expect, test } from 'vitest';
import { html, jsonIsland, markupOf } from '../../report/html.js';

test('every text is escaped, markup of our own is not escaped twice', () => {
  const inner = html`<b>${'a < b & "c"'}</b>`;
  expect(markupOf(html`<p title="${`it's`}">${inner}${[1, ' ', 'x>y']}${undefined}</p>`)).toBe(
    '<p title="it&#39;s"><b>a &lt; b &amp; &quot;c&quot;</b>1 x&gt;y</p>',
  );
});

test('an object that imitates markup is not taken for it', () => {
  const forged = JSON.parse('{"markup":"<script>"}');
  expect(() => markupOf(html`${forged}`)).not.toThrow();
  expect(markupOf(html`${forged}`)).not.toContain('<script>');
});

test('control characters are made visible, line breaks stay', () => {
  expect(markupOf(html`${'a\u001b[31m\u0000b\nc\td'}`)).toBe('a\uFFFD[31m\uFFFDb\nc\td');
});

test('JSON in a script element cannot end it', () => {
  const text = markupOf(jsonIsland({ task: '</script><!--', line: '\u2028' }));
  expect(text).not.toMatch(/[<>\u2028]/);
  expect(JSON.parse(text)).toEqual({ task: '</script><!--', line: '\u2028' });
});
