import { fileURLToPath } from 'node:url';
import { installSource } from './installed-source.mjs';
import { describeFailure, SetupError } from './setup-error.mjs';
import { cacheFolder, deviceOf, readSources } from './sources.mjs';

/** `node runtime/setup/get-model.mjs <name>`: brings one model of data/sources.json into the cache. Accepting its terms is the caller's to ask for. */
async function main() {
  const [name] = process.argv.slice(2);
  try {
    const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
    const cache = cacheFolder(process.env);
    const sources = await readSources({ root, cache, device: deviceOf(process.env) });
    const source = sources.get(name);
    if (source === undefined) throw unknownModel(name);
    await installSource(source, { cache, rehash: false, detail: () => {} });
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    process.exitCode = 1;
  }
}

function unknownModel(name) {
  return new SetupError({
    what: `There is no model "${name}" in data/sources.json.`,
    why: 'Models are fetched by the names that data/models.yaml gives them.',
    todo: 'Check the name.',
  });
}

await main();
