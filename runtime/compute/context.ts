import { arch, cpus, hostname, platform, release } from 'node:os';
import type { LoadedModel, StageContext } from '../../activities/context.js';
import { loadClaims } from '../../evaluation/claims/load-claims.js';
import { loadCorpus } from '../../evaluation/corpora/load-corpus.js';
import { loadTask } from '../../evaluation/tasks/load-task.js';
import { loadText, textIdentity } from '../../evaluation/tasks/load-text.js';
import type { Checkpoint } from '../../models/checkpoints/checkpoint.js';
import { languageModel } from '../../models/language-model.js';
import { PrefixCache } from '../../models/prefix-cache.js';
import { device, ENGINE_VERSION } from '../../models/tensorflow.js';
import { modelIdentity, openCheckpoint } from '../open-checkpoint.js';
import { openStore } from '../open-store.js';
import { buildDigest, packageVersion } from '../package-root.js';
import type { Settings } from '../settings.js';
import { modelSources, taskFolders } from '../sources.js';
import { storedCheckpoint } from '../stored-checkpoint.js';
import { libraryVersions } from './library-versions.js';

/** Share of a child's memory bound that frozen prefixes may take. */
const PREFIX_SHARE = 0.25;

/**
 * What a compute child gives its activities. One model is kept loaded; another one takes its place.
 * @param folder that relative paths of tasks and texts are looked up in
 */
export async function computeContext(
  settings: Settings,
  folder: string = process.cwd(),
): Promise<Omit<StageContext, 'onProgress'>> {
  const folders = taskFolders(settings, folder);
  const store = openStore(settings);
  const build = buildDigest();
  const { tensorflow, tfjs } = await libraryVersions({ cache: settings.cache, build });
  let kept: { identity: string; loaded: LoadedModel } | undefined;
  return {
    store,
    loadTask: (name) => loadTask(name, folders),
    loadText: (name) => loadText(name, folders),
    loadClaims: (name) => loadClaims(name, folders),
    loadCorpus: (name) => loadCorpus(name, folders),
    identifyModel: (name) => modelIdentity(name, modelSources(settings)),
    identifyText: (name) => textIdentity(name, folders),
    async loadModel(name, files) {
      const digest =
        files === undefined ? await modelIdentity(name, modelSources(settings)) : files.weights.sha256;
      const identity = `${name} ${digest}`;
      if (kept?.identity === identity) return kept.loaded;
      if (kept !== undefined) dispose(kept.loaded);
      kept = undefined;
      const checkpoint =
        files === undefined
          ? await openCheckpoint(name, modelSources(settings))
          : await storedCheckpoint(name, files, store);
      const loaded = load(name, checkpoint, settings);
      kept = { identity, loaded };
      return loaded;
    },
    numerics: { engine: ENGINE_VERSION, tensorflow, device, precision: settings.precision },
    build,
    versions: {
      crossover: packageVersion,
      tensorflow,
      tfjs,
      node: process.version,
    },
    host: {
      host: hostname(),
      platform: `${platform()} ${release()} ${arch()}`,
      processor: cpus()[0]?.model ?? 'unknown',
      threads: String(settings.threads),
    },
    runs: settings.runs,
  };
}

function load(name: string, checkpoint: Checkpoint, settings: Settings): LoadedModel {
  return {
    model: languageModel(name, checkpoint),
    prefixes: new PrefixCache({ maxBytes: settings.memoryBoundBytes * PREFIX_SHARE }),
    encoded: new Map(),
    windows: new Map(),
    licence: checkpoint.licence,
  };
}

function dispose({ model, prefixes }: LoadedModel): void {
  prefixes[Symbol.dispose]();
  model[Symbol.dispose]();
}
