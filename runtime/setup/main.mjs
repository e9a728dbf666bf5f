import { fileURLToPath } from 'node:url';
import { stepDisplay } from './display.mjs';
import { checkNode } from './prerequisites.mjs';
import { runSteps } from './run-steps.mjs';
import { describeFailure, SetupError } from './setup-error.mjs';
import { cacheFolder, deviceOf, readSources } from './sources.mjs';
import { setupSteps } from './steps.mjs';

/** `node runtime/setup/main.mjs [--verify]`: gets, builds and links whatever is missing; with --verify every cached file is hashed again. */
async function main() {
  const began = performance.now();
  const end = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(name, () => end.abort(name));
  const display = stepDisplay(process.stdout);
  try {
    checkNode();
    const options = readArguments(process.argv.slice(2));
    const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
    const cache = cacheFolder(process.env);
    const device = deviceOf(process.env);
    const sources = await readSources({ root, cache, device });
    process.stdout.write(`Setting up crossover (big files are kept in ${cache})\n`);
    await runSteps(setupSteps({ root, cache, device, sources, ...options }), { display, signal: end.signal });
    display.close();
    process.stdout.write(`✓ ready (${((performance.now() - began) / 1000).toFixed(1)} s)\n`);
  } catch (error) {
    display.close();
    process.stderr.write(
      end.signal.aborted
        ? `✗ stopped by ${end.signal.reason}; run it again to go on\n`
        : `${describeFailure(error)}\n`,
    );
    process.exitCode = end.signal.aborted ? 130 : 1;
  }
}

function readArguments(args) {
  const unknown = args.find((argument) => argument !== '--verify');
  if (unknown === undefined) return { rehash: args.includes('--verify') };
  throw new SetupError({
    what: `Unknown argument "${unknown}"; expected --verify or nothing.`,
    why: 'Set-up finds out by itself what is missing.',
    todo: 'Run: npm run setup, or: npm run setup -- --verify (hashes every cached file again).',
  });
}

await main();
