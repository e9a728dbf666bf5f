import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stringify } from 'yaml';

const root = resolve(import.meta.dirname, '../..');
export const command = join(root, 'runtime/bin/crossover.js');
export const cache =
  process.env.CROSSOVER_CACHE ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'crossover');

/** A working folder of its own: a tiny model that reads letters, a task, a pipeline, a server on free ports. */
export interface StudyFolder extends AsyncDisposable {
  path: string;
  environment: NodeJS.ProcessEnv;
  address: string;
  pipeline: string;
}

export interface LettersPipeline {
  name: string;
  models: string[];
  tasks: string[];
  stages: Record<string, object>;
}

export interface StudySize {
  seeds: number;
  budgets: number[];
  steps: number;
}

export async function studyFolder(
  size: StudySize,
  change: (pipeline: LettersPipeline) => LettersPipeline = (pipeline) => pipeline,
): Promise<StudyFolder> {
  const path = mkdtempSync(join(tmpdir(), 'crossover-study-'));
  writeModel(join(path, 'model'));
  writeTask(path);
  const pipeline = join(path, 'study.yaml');
  writeFileSync(pipeline, stringify(change(studyOf(size)), { aliasDuplicateObjects: false }));
  const [port, uiPort] = await freePorts(2);
  const environment = {
    ...process.env,
    CROSSOVER_CACHE: cache,
    CROSSOVER_STATE: join(path, 'state'),
    CROSSOVER_RUNS: join(path, 'runs'),
    CROSSOVER_TEMPORAL_PORT: String(port),
    CROSSOVER_UI_PORT: String(uiPort),
    CROSSOVER_CHILDREN: '1',
    CROSSOVER_THREADS: '1',
  };
  return {
    path,
    environment,
    address: `127.0.0.1:${port}`,
    pipeline,
    async [Symbol.asyncDispose]() {
      await finished(spawnCommand({ path, environment }, ['server', 'stop']));
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** Runs the command in the folder. Its output is collected for error messages. */
export function spawnCommand(
  { path, environment }: Pick<StudyFolder, 'path' | 'environment'>,
  args: string[],
): ChildProcess {
  return spawn(process.execPath, [command, ...args], {
    cwd: path,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** A process that takes longer hangs: it is killed, so that what it said until then can be read. */
const PATIENCE_MS = 240_000;

/** Exit code (null when killed) and all that the process printed. */
export async function finished(
  child: ChildProcess,
): Promise<{ code: number | null; output: string; errors: string }> {
  let output = '';
  let errors = '';
  child.stdout?.on('data', (chunk) => (output += chunk));
  child.stderr?.on('data', (chunk) => (errors += chunk));
  const hanging = setTimeout(() => {
    errors += `\n(killed by the test after ${PATIENCE_MS / 1000} s)`;
    child.kill('SIGKILL');
  }, PATIENCE_MS);
  const code = await new Promise<number | null>((done, fail) =>
    child.once('close', done).once('error', fail),
  );
  clearTimeout(hanging);
  return { code, output, errors };
}

/** Every method of a study, sized so that it takes some seconds and can be killed in the middle. */
function studyOf({ seeds, budgets, steps }: StudySize): LettersPipeline {
  return {
    name: 'letters',
    models: ['./model'],
    tasks: ['./letters.yaml'],
    stages: {
      sample: { stage: 'sample', budgets, seeds, validation: 6, test: 12 },
      baseline: { stage: 'baseline', data: 'sample', off_target: ['./unrelated.txt'], off_target_tokens: 64 },
      vector: {
        stage: 'steer',
        data: 'sample',
        method: 'mean-difference',
        search: { layers: [0, 1], coefficients: [0.5, 1] },
      },
      lora: {
        stage: 'finetune',
        data: 'sample',
        method: 'lora',
        rank: 2,
        batch: 4,
        min_steps: steps,
        search: { learning_rates: [0.001, 0.01], checkpoints: [0.5, 1] },
      },
      both: { stage: 'combine', of: ['lora', 'vector'] },
      laws: { stage: 'fit', of: ['baseline', 'vector', 'lora', 'both'], resamples: 200 },
      report: { stage: 'report', of: ['laws'] },
    },
  };
}

/** The random three-layer Llama of the parity tests, with a tokenizer of one token a character. */
function writeModel(folder: string): void {
  cpSync(join(root, 'test/fixtures/tiny-llama'), folder, { recursive: true });
  const characters = [...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)), '\n'];
  const vocab = Object.fromEntries(
    characters.map((character, id) => [character === ' ' ? 'Ġ' : character === '\n' ? 'Ċ' : character, id]),
  );
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      vocab,
      merges: [],
    },
  };
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  writeFileSync(
    join(folder, 'tokenizer_config.json'),
    JSON.stringify({ tokenizer_class: 'PreTrainedTokenizerFast' }),
  );
}

/** Which of three letters comes next in the alphabet: learnable, and nothing a random model knows. */
function writeTask(folder: string): void {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const rows = Array.from({ length: letters.length - 3 }, (_, i) => {
    const options = [letters[i + 1], letters[i + 2], letters[i + 3]];
    return { prompt: `After ${letters[i]} comes`, options, label: 0 };
  });
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'rows.jsonl'), `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`);
  const task = {
    name: 'letters',
    type: 'reasoning',
    format: 'plain',
    licence: 'Apache-2.0',
    description: 'The next letter of the alphabet.',
    source: { from: 'rows', pool: 'rows.jsonl' },
    template: { prompt: '{prompt}', options: '{options}', label: '{label}' },
    test_share: 0.3,
  };
  writeFileSync(join(folder, 'letters.yaml'), stringify(task));
  const reworded = { ...task.template, prompt: '{prompt} the letter' };
  writeFileSync(join(folder, 'reworded.yaml'), stringify({ ...task, name: 'reworded', template: reworded }));
  writeFileSync(
    join(folder, 'unrelated.txt'),
    `${'It was a quiet evening and nobody spoke of the sea.\n\n'.repeat(8)}`,
  );
}

/** Ports nobody listens on, below those that the system hands to outgoing connections, which come and go meanwhile. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!ports.includes(port) && (await isFree(port))) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((done) => {
    const server = createServer();
    server.once('error', () => done(false));
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
  });
}
