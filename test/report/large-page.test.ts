import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseHTML } from 'linkedom';
import { chromium } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import { renderReport } from '../../report/page.js';
import { temporaryFolder } from '../artifacts/temporary-folder.js';
import { manyCells } from './many-cells.js';

const STUDY = manyCells();
const BROWSER = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

describe('the page of a study of more than 10,000 cells', () => {
  let page = '';
  beforeAll(() => {
    page = renderReport(STUDY);
  });

  test('is short: less than 3 MB and 60,000 elements, whatever the number of cells', () => {
    expect(STUDY.cells.length).toBeGreaterThan(10_000);
    expect(Buffer.byteLength(page)).toBeLessThan(3e6);
    expect(parseHTML(page).document.querySelectorAll('*').length).toBeLessThan(60_000);
  });

  test('still says of every comparison what to do', () => {
    const rows = parseHTML(page).document.querySelectorAll('.answers tbody tr:not(.type)');
    expect(rows.length).toBe(STUDY.models.length * STUDY.tasks.length);
  });

  test.skipIf(BROWSER === undefined)(
    'opens within two seconds in a browser, and never scrolls sideways on a phone',
    async () => {
      const file = join(await temporaryFolder(), 'report.html');
      await writeFile(file, page);
      const browser = await chromium.launch({ executablePath: BROWSER ?? '', args: ['--no-sandbox'] });
      try {
        const tab = await browser.newPage({ viewport: { width: 390, height: 844 } });
        await tab.goto(pathToFileURL(file).href);
        const found = await tab.evaluate(
          'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done({ milliseconds: performance.now(), width: document.documentElement.scrollWidth }))))',
        );
        expect(found).toMatchObject({ width: 390 });
        // A shared machine may be slow: what it takes must be of this order, the bytes and elements above are the bound.
        expect(Object(found).milliseconds).toBeLessThan(10_000);
      } finally {
        await browser.close();
      }
    },
    60_000,
  );
});
