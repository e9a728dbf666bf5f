import { existsSync, mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Runtime } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../runtime/settings.js';
import { installRuntime } from '../../runtime/worker.js';
import { temporaryFolder } from '../artifacts/temporary-folder.js';
import { finished, type StudyFolder, spawnCommand, studyFolder } from './study-folder.js';

describe('a command whose worker cannot start says why and ends', () => {
  let folder: StudyFolder;
  beforeAll(async () => {
    folder = await studyFolder({ seeds: 1, budgets: [2], steps: 2 });
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  const withoutKeys = () => ({
    ...folder,
    environment: { ...folder.environment, CROSSOVER_STORE: 's3://bucket' },
  });
  const status = () => finished(spawnCommand(folder, ['status']));

  it('status starts no server', async () => {
    expect((await status()).output).toContain('no Temporal server is running');
    expect(existsSync(join(folder.path, 'state/temporal.db'))).toBe(false);
  }, 120_000);

  it.each([['run', 'study.yaml'], ['worker']])(
    '%s without the keys of its store',
    async (...args) => {
      const { code, errors } = await finished(spawnCommand(withoutKeys(), args));
      expect(errors).toContain('CROSSOVER_STORE=s3://bucket needs AWS_ACCESS_KEY_ID');
      expect(code).toBe(2);
    },
    300_000,
  );

  it('run with a profile in a folder that is not there; its study is not left on the server', async () => {
    const args = ['run', 'study.yaml', '--profile', 'missing/trace.json'];
    const { code, errors } = await finished(spawnCommand(folder, args));
    expect(errors).toContain('missing/trace.json');
    expect(code).toBe(1);
    expect((await status()).output).toContain('no studies yet');
  }, 300_000);
});

describe('a study on a server that somebody else runs', () => {
  it('waits for it when it goes away, and says so once and when it answers again', async () => {
    await using folder = await studyFolder({ seeds: 3, budgets: [2, 4, 8], steps: 400 });
    await finished(spawnCommand(folder, ['server', 'start']));
    const environment = { ...folder.environment, TEMPORAL_ADDRESS: folder.address };
    const run = spawnCommand({ ...folder, environment }, ['run', 'study.yaml']);
    const ended = finished(run);
    const says = (words: string) =>
      new Promise<void>((done) => run.stderr?.on('data', (chunk) => String(chunk).includes(words) && done()));
    const [begun, away, back] = ['Study ', 'waiting for it', 'answers again'].map(says);
    await Promise.race([begun, ended]);
    await finished(spawnCommand(folder, ['server', 'stop']));
    await Promise.race([away, ended]);
    await finished(spawnCommand(folder, ['server', 'start']));
    await Promise.race([back, ended]);
    run.kill('SIGTERM');
    const { code, errors } = await ended;
    expect(errors.match(/does not answer; waiting for it|answers again/g)).toHaveLength(2);
    expect(code).toBe(130);
  }, 400_000);
});

describe('the log of a worker', () => {
  it('on a full disk costs no more than itself', async () => {
    const state = await temporaryFolder();
    mkdirSync(join(state, 'logs'));
    symlinkSync('/dev/full', join(state, 'logs/worker.log'));
    installRuntime(readSettings({ CROSSOVER_STATE: state }, state));
    // Without a listener the stream's error would end this process.
    Runtime.instance().logger.warn('said to nobody');
    await delay(500);
  });
});
