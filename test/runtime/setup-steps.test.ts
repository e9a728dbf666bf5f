import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

const module = (name: string) => import(new URL(`../../runtime/setup/${name}.mjs`, import.meta.url).href);
const { runSteps } = await module('run-steps');
const { stepDisplay } = await module('display');
const { checkNode, checkTools } = await module('prerequisites');
const { describeFailure, SetupError } = await module('setup-error');
const { hasNodePackages } = await module('node-packages');

const signal = new AbortController().signal;

test('a step waits for those it follows; others run beside it', async () => {
  const events: string[] = [];
  const steps = [
    recorded('slow', { events, milliseconds: 60 }),
    recorded('quick', { events }),
    recorded('last', { events, after: ['slow', 'quick'] }),
  ];
  await runSteps(steps, { display: quiet(), signal });
  expect(events).toEqual([
    'slow begins',
    'quick begins',
    'quick ends',
    'slow ends',
    'last begins',
    'last ends',
  ]);
});

test('a step that is done is not run, and its tools are not asked for', async () => {
  const events: string[] = [];
  const step = {
    ...recorded('built', { events }),
    tools: ['no such tool'],
    done: async () => 'already there',
  };
  const output = collected();
  await runSteps([step], { display: stepDisplay(output.stream), signal });
  expect(events).toEqual([]);
  expect(output.text()).toBe('✓ built: already there\n');
});

test('a step is asked again whether it is done after those it follows', async () => {
  const events: string[] = [];
  const second = {
    ...recorded('second', { events, after: ['first'] }),
    done: async () => (events.includes('first ends') ? 'done by the first' : undefined),
  };
  await runSteps([recorded('first', { events }), second], { display: quiet(), signal });
  expect(events).toEqual(['first begins', 'first ends']);
});

test('the first failure is reported and ends what runs beside it', async () => {
  const failing = { ...recorded('failing', { events: [] }), run: () => Promise.reject(new Error('broken')) };
  let ended = false;
  const long = {
    ...recorded('long', { events: [] }),
    run: ({ signal: stop }: { signal: AbortSignal }) =>
      sleep(10_000, undefined, { signal: stop }).finally(() => {
        ended = true;
      }),
  };
  await expect(runSteps([long, failing], { display: quiet(), signal })).rejects.toThrow('broken');
  expect(ended).toBe(true);
});

test('on a stream that is no terminal every state is a plain line', async () => {
  const output = collected();
  const display = stepDisplay(output.stream);
  await runSteps([recorded('library', { events: [] })], { display, signal });
  display.close();
  expect(output.text()).toMatch(/^… library\n✓ library: got it \(\d+\.\d s\)\n$/);
});

test('missing tools are named together, with what each is for and how to get it', async () => {
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    const failure = await checkTools(['pip', 'compiler', 'make', 'pip']).catch((error: unknown) => error);
    expect(describeFailure(failure)).toMatch(
      /^✗ Missing: python3 -m pip, c\+\+, make\.\n {2}why: {2}pip downloads [\s\S]*\n {2}do: {3}Install Python 3 with pip/,
    );
  } finally {
    process.env.PATH = path;
  }
  await checkTools(['pip', 'compiler', 'make', 'npm']);
});

test('a Node older than 20.4 is refused', () => {
  expect(() => checkNode('18.20.4')).toThrow(/Node is 18\.20\.4; 20\.4 or later/);
  expect(() => checkNode('20.3.1')).toThrow(/20\.3\.1/);
  for (const version of ['20.4.0', '22.0.0']) checkNode(version);
});

test('a full disk and a forbidden folder say which place and what to set', () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC', path: '/cache/x' });
  expect(describeFailure(full)).toMatch(/disk is full: could not write \/cache\/x[\s\S]*CROSSOVER_CACHE/);
  const forbidden = Object.assign(new Error('open'), { code: 'EACCES', path: '/cache' });
  expect(describeFailure(forbidden)).toMatch(/Not allowed to write \/cache \(EACCES\)[\s\S]*CROSSOVER_CACHE/);
  expect(describeFailure(new SetupError({ what: 'A.', why: 'b\nc', todo: 'd' }))).toBe(
    '✗ A.\n  why:  b\n        c\n  do:   d',
  );
});

test('node_modules is complete when it holds every locked package; optional ones may be absent', async () => {
  const root = await mkdtemp(join(tmpdir(), 'crossover-packages-'));
  const locked = {
    '': {},
    'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
    'node_modules/b': { version: '2.0.0', integrity: 'sha512-b', optional: true },
  };
  const complete = async (installed: object) => {
    await writeFile(
      join(root, 'node_modules', '.package-lock.json'),
      JSON.stringify({ packages: installed }),
    );
    return hasNodePackages(root);
  };
  await writeFile(join(root, 'package-lock.json'), JSON.stringify({ packages: locked }));
  expect(await hasNodePackages(root)).toBe(false);
  await mkdir(join(root, 'node_modules'));
  const a = { version: '1.0.0', integrity: 'sha512-a' };
  expect(await complete({ 'node_modules/a': a })).toBe(true);
  expect(await complete({ 'node_modules/b': locked['node_modules/b'] })).toBe(false);
  expect(await complete({ 'node_modules/a': { ...a, version: '1.0.1' } })).toBe(false);
  expect(await complete({ 'node_modules/a': { ...a, integrity: 'sha512-other' } })).toBe(false);
  expect(await complete({ 'node_modules/a': a, 'node_modules/c': { version: '3.0.0' } })).toBe(false);
  await rm(root, { recursive: true });
});

function recorded(
  name: string,
  { events, milliseconds = 5, after = [] }: { events: string[]; milliseconds?: number; after?: string[] },
) {
  const run = async () => {
    events.push(`${name} begins`);
    await sleep(milliseconds);
    events.push(`${name} ends`);
    return 'got it';
  };
  return { name, after, tools: [], done: async (): Promise<string | undefined> => undefined, run };
}

const quiet = () => stepDisplay(collected().stream);

function collected() {
  const parts: string[] = [];
  return { stream: { isTTY: false, write: (text: string) => parts.push(text) }, text: () => parts.join('') };
}
