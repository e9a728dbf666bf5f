import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { chmod, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { folderStore } from '../../artifacts/folder-store.js';
import { publishRun } from '../../artifacts/run-folder.js';
import { StorageFailure } from '../../artifacts/store-errors.js';
import { temporaryFolder } from './temporary-folder.js';

describe.skipIf(!canMount())('a full disk (skipped unless this process may mount a tmpfs)', () => {
  test('is a storage failure that says where, how much room there is and what to do; nothing half remains', async () => {
    const folder = smallDisk();
    const store = folderStore(join(folder, 'store'));
    const small = await store.put(randomBytes(50_000), 'arrow');
    const error: unknown = await store.put(randomBytes(500_000), 'arrow').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(StorageFailure);
    expect(error).toMatchObject({ code: 'ENOSPC' });
    expect(String(error)).toMatch(
      /writing 500000 bytes to .* failed \(ENOSPC\).*bytes free.*make room and start again/,
    );
    const names = await readdir(folder, { recursive: true });
    expect(names.filter((name) => name.includes('.tmp-'))).toEqual([]);
    expect((await store.get(small)).length).toBe(50_000);
    await store.put(randomBytes(10_000), 'arrow');
  });

  test('does not leave a run’s folder with a manifest that promises more than there is', async () => {
    const folder = smallDisk();
    const files = { 'manifest.json': Buffer.from('{}'), 'cells.parquet': randomBytes(500_000) };
    await expect(publishRun(folder, 'study', files)).rejects.toMatchObject({ code: 'ENOSPC' });
    expect(await readdir(join(folder, 'study'))).toEqual([]);
  });
});

test.skipIf(process.getuid?.() === 0)(
  'a read-only folder is a storage failure that names it (skipped for root, who may write anyway)',
  async () => {
    const folder = await temporaryFolder();
    await chmod(folder, 0o500);
    const written = folderStore(folder).put(Buffer.from('x'), 'json');
    await expect(written).rejects.toThrow(/cannot be written to; check its owner and permissions/);
  },
);

/** A disk of 256 kB for the running test. */
function smallDisk(): string {
  const folder = mkdtempSync(join(tmpdir(), 'crossover-disk-'));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', folder], { stdio: 'pipe' });
  onTestFinished(() => unmount(folder));
  return folder;
}

function canMount(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'crossover-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'pipe' });
  } catch {
    rmSync(folder, { recursive: true });
    return false;
  }
  unmount(folder);
  return true;
}

function unmount(folder: string): void {
  execFileSync('umount', [folder], { stdio: 'pipe' });
  rmSync(folder, { recursive: true });
}
