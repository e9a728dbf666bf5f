import { randomUUID } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../models/checkpoints/read-checkpoint.js';
import { parseHubId } from '../../models/sources/hub-id.js';
import { readModelRegistry } from '../../models/sources/registry.js';
import { isFetchedWhenNamed, resolveModel } from '../../models/sources/resolve-model.js';
import { dataFolder, fixtures, cacheFolder as realCache, smollm2Missing } from './checkpoint-fixtures.js';
import { type HubStandIn, startHubStandIn } from './hub-stand-in.js';

let cacheFolder: string;
beforeEach(() => {
  cacheFolder = mkdtempSync(join(tmpdir(), 'crossover-sources-'));
});
afterEach(() => rmSync(cacheFolder, { recursive: true }));

const tinyLlama = join(fixtures, 'tiny-llama');

describe('a bundled name', () => {
  test('that set-up has not fetched yet says how to fetch it', async () => {
    await expect(resolveModel('smollm2-135m-instruct', { cacheFolder, dataFolder })).rejects.toThrow(
      /SmolLM2-135M-Instruct\.Q4_1\.gguf is missing; run `npm run setup`/,
    );
  });

  test('mistyped is answered with the name that was probably meant', async () => {
    await expect(resolveModel('smolm2-135-instruct', { cacheFolder, dataFolder })).rejects.toThrow(
      'Model "smolm2-135-instruct" is neither bundled nor a path that exists, and not a hub id owner/name; did you mean smollm2-135m-instruct?',
    );
    await expect(resolveModel('gpt', { cacheFolder, dataFolder })).rejects.toThrow(
      'bundled models: smollm2-135m-instruct',
    );
  });

  test.skipIf(smollm2Missing)(
    'resolves to a file of the recorded hash (skipped where set-up has not run)',
    async () => {
      const location = await resolveModel('smollm2-135m-instruct', { cacheFolder: realCache, dataFolder });
      const checkpoint = await readCheckpoint(location, { cacheFolder });
      expect(checkpoint.digest).toBe(
        (await readModelRegistry(join(dataFolder, 'models.yaml'))).get(location.name)?.sha256,
      );
      expect(checkpoint.licence).toBe('Apache-2.0');
      expect(readdirSync(join(cacheFolder, 'digests'))).toHaveLength(1);
    },
  );
});

describe('a bundled model with terms of its own', () => {
  const name = 'gemma-3-270m';
  const file = () => join(cacheFolder, 'models', name, 'gemma-3-270m-q4_k_m.gguf');

  test('names them, their address and the setting, as long as they are not accepted', async () => {
    const message =
      'Model gemma-3-270m is under the Gemma Terms of Use, https://ai.google.dev/gemma/terms; read them, and to accept them set CROSSOVER_ACCEPT_LICENCES=gemma';
    const others = { cacheFolder, dataFolder, acceptedLicences: ['llama3'] };
    await expect(resolveModel(name, others)).rejects.toThrow(message);
    await expect(isFetchedWhenNamed(name, others)).rejects.toThrow(message);
  });

  test('is fetched once when they are', async () => {
    const fetched: string[] = [];
    const options = {
      cacheFolder,
      dataFolder,
      acceptedLicences: ['gemma'],
      async fetchBundled(wanted: string) {
        fetched.push(wanted);
        mkdirSync(join(file(), '..'), { recursive: true });
        writeFileSync(file(), '');
      },
    };
    expect(await isFetchedWhenNamed(name, options)).toBe(true);
    for (let time = 0; time < 2; time++)
      expect(await resolveModel(name, options)).toMatchObject({ format: 'gguf', file: file() });
    expect(fetched).toEqual([name]);
    expect(await isFetchedWhenNamed(name, options)).toBe(false);
  });
});

test('what naming a model fetches: a hub id does, a path and a bundled name do not', async () => {
  const options = { cacheFolder, dataFolder };
  expect(await isFetchedWhenNamed('owner/name', options)).toBe(true);
  expect(await isFetchedWhenNamed(tinyLlama, options)).toBe(false);
  expect(await isFetchedWhenNamed('smollm2-135m-instruct', options)).toBe(false);
});

test('a registry with a wrong field names file, model and field', async () => {
  const path = join(cacheFolder, 'models.yaml');
  writeFileSync(
    path,
    readFileSync(join(dataFolder, 'models.yaml'), 'utf8').replace(/sha256: b179\w+/, 'sha256: b179'),
  );
  await expect(readModelRegistry(path)).rejects.toThrow(
    /models\.yaml: smollm2-135m-instruct\.sha256: expected a SHA-256/,
  );
});

describe('a path', () => {
  const locate = (path: string) => resolveModel(path, { cacheFolder, dataFolder });

  test('to a folder with config.json, to a .gguf file, or to a folder with one such file, is found', async () => {
    const file = join(fixtures, 'checkpoints/tiny-llama.gguf');
    expect(await locate(tinyLlama)).toEqual({ format: 'safetensors', name: tinyLlama, folder: tinyLlama });
    expect(await locate(file)).toEqual({ format: 'gguf', name: file, file });
    const folder = join(cacheFolder, 'one');
    mkdirSync(folder);
    cpSync(file, join(folder, 'a.gguf'));
    expect(await locate(folder)).toEqual({ format: 'gguf', name: folder, file: join(folder, 'a.gguf') });
    cpSync(file, join(folder, 'b.gguf'));
    await expect(locate(folder)).rejects.toThrow(
      /found several \.gguf files \(a\.gguf, b\.gguf\), name one of them/,
    );
  });

  test('to something else, or to nothing, is an error', async () => {
    await expect(locate(join(dataFolder, 'models.yaml'))).rejects.toThrow(
      /expected a folder or a \.gguf file/,
    );
    await expect(locate(cacheFolder)).rejects.toThrow(
      /expected config\.json with safetensors, or one \.gguf file/,
    );
    await expect(locate('./nowhere/model')).rejects.toThrow(
      /"\.\/nowhere\/model" is neither bundled nor a path/,
    );
    await expect(locate('/nowhere/m.gguf')).rejects.toThrow(
      /"\/nowhere\/m\.gguf" is neither bundled nor a path/,
    );
  });
});

test.each([
  ['a/b', { repository: 'a/b', revision: 'main' }],
  ['Owner-1/name.2@v1.0', { repository: 'Owner-1/name.2', revision: 'v1.0' }],
  ['a/b@refs/pr/1', { repository: 'a/b', revision: 'refs/pr/1' }],
  ['a', undefined],
  ['../b', undefined],
  ['a/b/c', undefined],
  ['a/..', undefined],
  ['a/b@', undefined],
  ['a/b@../../c', undefined],
  ['a/b@x/../c', undefined],
])('%s as a hub id is %j', (name, id) => {
  expect(parseHubId(name)).toEqual(id);
});

describe('a hub id', () => {
  const COMMIT = '0123456789abcdef0123456789abcdef01234567';
  const files = new Map([
    ['README.md', Buffer.from('---\nlicense: mit\n---\n')],
    ['config.json', readFileSync(join(tinyLlama, 'config.json'))],
    ['golden.json', Buffer.from('{}')],
    ['model.safetensors', readFileSync(join(tinyLlama, 'model.safetensors'))],
    ['pytorch_model.bin', Buffer.alloc(100)],
    ['../escape.json', Buffer.from('{}')],
  ]);
  const model = { repository: 'owner/tiny', commit: COMMIT, branch: 'main', files };
  const folderOf = (commit: string) => join(cacheFolder, 'hub', 'owner--tiny', commit);
  const resolveFrom = (hub: { endpoint: string }, name = 'owner/tiny', more: { token?: string } = {}) =>
    resolveModel(name, { cacheFolder, dataFolder, hub: { endpoint: hub.endpoint, ...more } });
  const partialFiles = () => readdirSync(folderOf(COMMIT)).filter((file) => file.endsWith('.partial'));

  let hub: HubStandIn;
  beforeEach(async () => {
    hub = await startHubStandIn(model);
  });
  afterEach(() => hub[Symbol.asyncDispose]());

  test('is downloaded, only the files that are needed, and reads as the same model', async () => {
    const progress: { file: string; bytes: number; ofBytes: number }[] = [];
    const location = await resolveModel('owner/tiny', {
      cacheFolder,
      dataFolder,
      hub: { endpoint: hub.endpoint, onProgress: (step) => progress.push(step) },
    });
    expect(location).toEqual({ format: 'safetensors', name: 'owner/tiny', folder: folderOf(COMMIT) });
    expect(hub.served).toEqual(['README.md', 'config.json', 'model.safetensors']);
    expect(readdirSync(folderOf(COMMIT)).sort()).toEqual(['.complete', ...hub.served]);
    const downloaded = await readCheckpoint(location);
    expect(downloaded.licence).toBe('mit');
    expect(downloaded.digest).toBe(
      (await readCheckpoint({ format: 'safetensors', name: 't', folder: tinyLlama })).digest,
    );
    const total = hub.served.reduce((sum, file) => sum + (files.get(file)?.length ?? 0), 0);
    expect(progress.at(-1)).toEqual({ file: 'model.safetensors', bytes: total, ofBytes: total });
    expect(progress.every((step, i) => step.bytes >= (progress[i - 1]?.bytes ?? 0))).toBe(true);
  });

  test('is downloaded once; a commit given in full then needs no hub', async () => {
    await resolveFrom(hub);
    const before = hub.served.length;
    await resolveFrom(hub);
    expect(hub.served).toHaveLength(before);
    const location = await resolveFrom({ endpoint: 'http://127.0.0.1:1' }, `owner/tiny@${COMMIT}`);
    expect(location).toMatchObject({ folder: folderOf(COMMIT) });
    await expect(resolveFrom({ endpoint: 'http://127.0.0.1:1' })).rejects.toThrow(
      `already downloaded: owner/tiny@${COMMIT}`,
    );
  });

  test('whose bytes differ from the stated hash leaves nothing behind, and is fetched anew the next time', async () => {
    const weights = files.get('model.safetensors') ?? Buffer.alloc(0);
    const wrong = Buffer.from(weights);
    wrong.writeUInt8(wrong.readUInt8(wrong.length - 1) ^ 1, wrong.length - 1);
    hub.sendInstead('model.safetensors', wrong);
    await expect(resolveFrom(hub)).rejects.toThrow(
      /model\.safetensors: the bytes hash to [0-9a-f]{64}, the hub states/,
    );
    expect(existsSync(join(folderOf(COMMIT), 'model.safetensors'))).toBe(false);
    expect(partialFiles()).toEqual([]);
    hub.sendInstead('model.safetensors', weights);
    await resolveFrom(hub);
    expect(hub.served.filter((file) => file === 'config.json')).toHaveLength(1);
  });

  test('whose small file differs is refused by its Git object id', async () => {
    hub.sendInstead(
      'config.json',
      Buffer.from(files.get('config.json')?.toString().replace('llama', 'lamma') ?? ''),
    );
    await expect(resolveFrom(hub)).rejects.toThrow(
      /config\.json: the bytes hash to [0-9a-f]{40}, the hub states/,
    );
  });

  test('whose connection breaks off is an error, and the next attempt goes on where it broke', async () => {
    const size = files.get('model.safetensors')?.length ?? 0;
    hub.breakOff('model.safetensors', size - 1000);
    await expect(resolveFrom(hub)).rejects.toThrow(
      /^Model owner\/tiny@0123\w+ at http|^Model owner\/tiny@main at http/,
    );
    expect(existsSync(join(folderOf(COMMIT), '.complete'))).toBe(false);
    const [partial = ''] = partialFiles();
    const kept = statSync(join(folderOf(COMMIT), partial)).size;
    expect(kept).toBeGreaterThan(0);
    const before = hub.bytesSent();
    const location = await resolveFrom(hub);
    expect(hub.bytesSent() - before).toBe(size - kept);
    expect(partialFiles()).toEqual([]);
    expect((await readCheckpoint(location)).digest).toBe(
      (await readCheckpoint({ format: 'safetensors', name: 't', folder: tinyLlama })).digest,
    );
  });

  test('a damaged leftover of an earlier attempt is thrown away', async () => {
    mkdirSync(folderOf(COMMIT), { recursive: true });
    writeFileSync(join(folderOf(COMMIT), 'model.safetensors.partial'), Buffer.alloc(500, 7));
    const location = await resolveFrom(hub);
    expect(partialFiles()).toEqual([]);
    expect((await readCheckpoint(location)).digest).toMatch(/^[0-9a-f]+$/);
  });

  test('goes on where another attempt takes a leftover away, and leaves those of other files alone', async () => {
    mkdirSync(folderOf(COMMIT), { recursive: true });
    const vanished = `model.safetensors.${randomUUID()}.partial`;
    symlinkSync('nowhere', join(folderOf(COMMIT), vanished));
    const ofOther = `model.safetensors.index.json.${randomUUID()}.partial`;
    writeFileSync(join(folderOf(COMMIT), ofOther), '{}');
    utimesSync(join(folderOf(COMMIT), ofOther), 0, 0);
    await resolveFrom(hub);
    expect(partialFiles().sort()).toEqual([ofOther, vanished].sort());
  });

  test('that does not exist, or needs a hub that is not configured, says what to check', async () => {
    await expect(resolveFrom(hub, 'owner/other')).rejects.toThrow(
      /owner\/other@main at .*not found.*check owner, name/,
    );
    await expect(resolveFrom(hub, 'owner/tiny@v9')).rejects.toThrow(/owner\/tiny@v9 at .*not found/);
    await expect(resolveModel('owner/tiny', { cacheFolder, dataFolder })).rejects.toThrow(/set HF_ENDPOINT/);
  });

  test('of a gated model needs its token', async () => {
    await using gated = await startHubStandIn({ ...model, token: 'hf_secret' });
    await expect(resolveFrom(gated)).rejects.toThrow(
      /access is refused \(401\); accept its terms and set HF_TOKEN/,
    );
    const refused = resolveFrom(gated, 'owner/tiny', { token: 'hf_wrong' });
    await expect(refused).rejects.not.toThrow(/hf_wrong/);
    expect(await resolveFrom(gated, 'owner/tiny', { token: 'hf_secret' })).toMatchObject({
      format: 'safetensors',
    });
  });

  test.each(['model.safetensors', 'config.json'])('without %s is refused', async (missing) => {
    const rest = new Map([...files, ['generation_config.json', Buffer.from('{}')] as const]);
    rest.delete(missing);
    await using other = await startHubStandIn({ ...model, files: rest });
    await expect(resolveFrom(other)).rejects.toThrow(
      /generation_config.*expected config\.json and \.safetensors weights/,
    );
  });
});
