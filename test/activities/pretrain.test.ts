import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { memberConfig } from '../../activities/member-config.js';
import { pretrain } from '../../activities/pretrain.js';
import { putJson, readRecord } from '../../activities/records.js';
import { trainMember } from '../../activities/train-member.js';
import { folderStore } from '../../artifacts/folder-store.js';
import { objectPath, pointerPath } from '../../artifacts/store-names.js';
import { attributesCorpus } from '../../evaluation/corpora/attributes-corpus.js';
import { languageModel } from '../../models/language-model.js';
import { storedCheckpoint } from '../../runtime/stored-checkpoint.js';
import { MemberRecord, PretrainStage, TrainingState } from '../../schemas/pretraining.js';
import type { Progress } from '../../schemas/stages.js';
import { temporaryFolder } from '../artifacts/temporary-folder.js';

const corpus = attributesCorpus('things', { values: [2, 3], dropped: 0, flipped: 0 });
const size = { hidden: 8, layers: 1, heads: 2, intermediate: 8 };
const stage = PretrainStage.parse({
  stage: 'pretrain',
  corpus: ['things'],
  members: { small: size },
  steps: 30,
  batch: 8,
  checkpoints: [10, 30],
});
const work = {
  stage,
  member: 'small',
  corpus,
  config: memberConfig(stage, 'small', corpus),
  key: 'a'.repeat(64),
};

class Interrupted extends Error {}

async function pretrained(
  store: ReturnType<typeof folderStore>,
  { pipeline, run, member }: { pipeline: object; run: string; member: string },
): Promise<MemberRecord> {
  const input = { run, pipeline: await putJson(store, pipeline), stage: 'toys', group: { member } };
  await pretrain(input, contextOver(store));
  return readRecord(store, `runs/${run}/toys/${member}`, MemberRecord);
}

/** Another first byte. */
async function damage(file: string): Promise<void> {
  const bytes = await readFile(file);
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  await writeFile(file, bytes);
}

describe('training a member', () => {
  it('again and again interrupted ends with the bytes of an undisturbed training', async () => {
    const undisturbed = await trainMember(work, {
      store: folderStore(await temporaryFolder()),
      onProgress: () => undefined,
    });
    const store = folderStore(await temporaryFolder());
    for (const last of [7, 12, 23]) {
      const onProgress = ({ step }: Progress) => {
        if (step === last) throw new Interrupted();
      };
      await expect(trainMember(work, { store, onProgress }, { saveEveryMs: 0 })).rejects.toThrow(Interrupted);
    }
    const seen: number[] = [];
    const onProgress = ({ step }: Progress) => seen.push(step);
    const resumed = await trainMember(work, { store, onProgress }, { saveEveryMs: 0 });
    expect(seen[0]).toBeGreaterThan(1);
    const defects = [];
    for await (const defect of store.verify()) defects.push(defect);
    expect(defects).toEqual([]);
    expect(resumed).toEqual(undisturbed);
    expect(resumed.checkpoints.map(({ step }) => step)).toEqual([10, 30]);
    expect(resumed.checkpoints[1]?.loss).toBeLessThan(resumed.checkpoints[0]?.loss ?? 0);
  });

  it('keeps one state of the many it saves, and begins anew when that is gone', async () => {
    const root = await temporaryFolder();
    const store = folderStore(root);
    const interrupt = (last: number) => ({
      store,
      onProgress: ({ step }: Progress) => {
        if (step === last) throw new Interrupted();
      },
    });
    const state = async () => TrainingState.parse(await store.readPointer(`pretraining/${work.key}`)).state;
    await expect(trainMember(work, interrupt(5), { saveEveryMs: 0 })).rejects.toThrow(Interrupted);
    const early = await state();
    await expect(trainMember(work, interrupt(9), { saveEveryMs: 0 })).rejects.toThrow(Interrupted);
    const late = await state();
    expect(await store.has(early.sha256)).toBe(false);
    expect(await store.has(late.sha256)).toBe(true);
    await store.discard(late);
    const steps: number[] = [];
    await trainMember(work, { store, onProgress: ({ step }) => steps.push(step) });
    expect(steps[0]).toBe(1);
  });

  it.each([
    ['state', async (root: string, { state }: TrainingState) => damage(join(root, objectPath(state.sha256)))],
    ['pointer', async (root: string) => damage(join(root, pointerPath(`pretraining/${work.key}`)))],
  ])('begins anew when its %s is damaged', async (_, spoil) => {
    const root = await temporaryFolder();
    const store = folderStore(root);
    const onProgress = ({ step }: Progress) => {
      if (step === 5) throw new Interrupted();
    };
    await expect(trainMember(work, { store, onProgress }, { saveEveryMs: 0 })).rejects.toThrow(Interrupted);
    await spoil(root, TrainingState.parse(await store.readPointer(`pretraining/${work.key}`)));
    const steps: number[] = [];
    await trainMember(work, { store, onProgress: ({ step }) => steps.push(step) }, { saveEveryMs: 0 });
    expect(steps).toEqual(Array.from({ length: stage.steps }, (_, index) => index + 1));
  });

  it('gives a model that opens from the store and knows more than chance', async () => {
    const store = folderStore(await temporaryFolder());
    const { checkpoints } = await trainMember(work, { store, onProgress: () => undefined });
    const files = checkpoints.at(-1)?.files;
    if (files === undefined) throw new Error('expected a checkpoint');
    const checkpoint = await storedCheckpoint('toys/small', files, store);
    using model = languageModel('toys/small', checkpoint);
    expect(model.tokenizer?.encode('a0=1 : A1=2').length).toBe(3);
    expect(checkpoints.at(-1)?.loss).toBeLessThan(Math.log(model.config.vocabulary));
  });

  it('happens once: a second study finds the member, and another size is another member', async () => {
    const store = folderStore(await temporaryFolder());
    const context = contextOver(store);
    const input = async (pipeline: object, run: string) => ({
      run,
      pipeline: await putJson(store, pipeline),
      stage: 'toys',
      group: { member: 'small' },
    });
    const first = await pretrain(await input(pipelineOf(stage), 'one'), context);
    expect(first).toMatchObject({ computed: 1, cached: 0 });
    const again = await pretrain(await input(pipelineOf(stage), 'two'), context);
    expect(again).toMatchObject({ computed: 0, cached: 1 });
    const [one, two] = await Promise.all(
      ['one', 'two'].map((run) => readRecord(store, `runs/${run}/toys/small`, MemberRecord)),
    );
    expect(two).toEqual(one);
    const faster = await pretrain(
      await input(pipelineOf({ ...stage, learning_rate: 0.01 }), 'three'),
      context,
    );
    expect(faster.headline).toContain('`learning_rate` changed 0.003 → 0.01');
  });

  it('gives members of one size and two names weights of their own, whichever comes first', async () => {
    const pipeline = pipelineOf({ ...stage, members: { small: size, twin: size } });
    const store = folderStore(await temporaryFolder());
    const one = await pretrained(store, { pipeline, run: 'one', member: 'small' });
    const twin = await pretrained(store, { pipeline, run: 'one', member: 'twin' });
    expect(twin.key).not.toBe(one.key);
    expect(twin.checkpoints.map(({ loss }) => loss)).not.toEqual(one.checkpoints.map(({ loss }) => loss));
    const alone = folderStore(await temporaryFolder());
    expect(await pretrained(alone, { pipeline, run: 'one', member: 'twin' })).toEqual(twin);
  });
});

function contextOver(store: ReturnType<typeof folderStore>) {
  const none = () => Promise.reject(new Error('not part of this test'));
  return {
    store,
    loadTask: none,
    loadText: none,
    loadCorpus: async () => corpus,
    loadClaims: none,
    identifyModel: none,
    identifyText: none,
    loadModel: none,
    numerics: { tensorflow: 'test' },
    build: 'test',
    versions: {},
    host: {},
    runs: '/nowhere',
    onProgress: () => undefined,
  };
}

function pipelineOf(toys: PretrainStage): object {
  return { name: 'ladder', models: ['toys/small'], tasks: ['things'], stages: { toys } };
}
