import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { catalog } from '../../methods/catalog.js';
import { checkPipeline, InvalidPipeline, parsePipeline } from '../../schemas/pipeline-file.js';
import { dependenciesOf } from '../../schemas/pipeline-graph.js';

const quickstart = readFileSync(new URL('../fixtures/pipelines/small.yaml', import.meta.url), 'utf8');

function faults(text: string): string {
  try {
    parsePipeline(text, 'study.yaml', catalog);
  } catch (error) {
    if (error instanceof InvalidPipeline) return error.message;
    throw error;
  }
  return 'no fault';
}

/** The quickstart with one text replaced: the rest of the file keeps its places. */
function edited(from: string, to: string): string {
  expect(quickstart).toContain(from);
  return quickstart.replace(from, to);
}

describe('a pipeline file', () => {
  it('fills in documented defaults', () => {
    const pipeline = parsePipeline(quickstart, 'quickstart.yaml', catalog);
    expect(pipeline.stages.lora).toMatchObject({ epochs: 3, min_steps: 20, targets: ['q_proj', 'v_proj'] });
  });

  it('is the same value as YAML and as JSON', () => {
    const pipeline = parsePipeline(quickstart, 'quickstart.yaml', catalog);
    expect(checkPipeline(JSON.parse(JSON.stringify(pipeline)), 'input', catalog)).toEqual(pipeline);
  });

  it('implies its edges by the names it uses', () => {
    const pipeline = parsePipeline(quickstart, 'quickstart.yaml', catalog);
    expect(dependenciesOf(pipeline, 'vector')).toEqual(['sample']);
    expect(dependenciesOf(pipeline, 'both')).toEqual(['lora', 'vector']);
    expect(dependenciesOf(pipeline, 'report')).toEqual(['laws']);
  });
});

describe('a faulty pipeline file is refused with place, found, expected and a suggestion', () => {
  const cases: [string, string, RegExp][] = [
    [
      'an unknown key',
      edited('rank: 8', 'rnak: 8'),
      /study\.yaml:19:5: stages\.lora\.rnak: unknown key "rnak" — did you mean "rank"\?/,
    ],
    [
      'an unknown stage kind',
      edited('stage: steer', 'stage: stear'),
      /study\.yaml:11:12: stages\.vector\.stage: unknown stage kind "stear" — did you mean "steer"\?/,
    ],
    [
      'a missing stage',
      edited('data: sample, off', 'data: smaple, off'),
      /study\.yaml:9:\d+: stages\.baseline\.data: .*missing stage "smaple".*did you mean "sample"/,
    ],
    [
      'a stage of the wrong kind',
      edited('of: [lora, vector]', 'of: [lora, sample]'),
      /"sample", which is a sample stage; expected a prompt or steer or finetune stage/,
    ],
    [
      'a wrong type',
      edited('rank: 8', 'rank: eight'),
      /study\.yaml:19:11: stages\.lora\.rank: found "eight"/,
    ],
    [
      'a wrong value',
      edited('method: lora', 'method: lore'),
      /found "lore"; expected one of bitfit, lora, weight-steering, full — did you mean "lora"\?/,
    ],
    [
      'an unused stage',
      edited('of: [baseline, vector, lora, both]', 'of: [baseline, vector, lora]'),
      /stage "both" is not used/,
    ],
    [
      'a combination fitted without what it is compared with',
      edited('of: [baseline, vector, lora, both]', 'of: [baseline, vector, both]'),
      /stages\.laws\.of: stage "laws" fits a combination but not "lora"/,
    ],
    [
      'an unequal search',
      edited('coefficients: [1, 3]', 'coefficients: [1, 2, 3]'),
      /"lora" searches 4 trials but "vector" searches 6/,
    ],
    [
      'a missing baseline',
      edited('{ stage: baseline, data: sample,', '{ stage: baseline, data: sampel,'),
      /needs exactly one baseline stage over data "sample"; found 0/,
    ],
    [
      'a budget given twice',
      edited('[4, 16, 64]', '[4, 16, 16]'),
      /study\.yaml:8:\d+: stages\.sample\.budgets\.2: budgets names 16 twice/,
    ],
    [
      'a duplicate key',
      edited('rank: 8', 'rank: 8\n    rank: 9'),
      /study\.yaml:20:5: Map keys must be unique/,
    ],
    ['broken syntax', edited('tool-choice]', 'tool-choice'), /study\.yaml:\d+:\d+: /],
    ['an alias', 'name: &x a\ntitle: *x\n', /study\.yaml:2:8: found an alias/],
    [
      'a path as a name',
      edited('name: quickstart', 'name: ../quickstart'),
      /study\.yaml:1:7: name: found "\.\.\/quickstart"; expected a name/,
    ],
    ['an empty document', '', /expected object/],
  ];
  it.each(cases)('%s', (_, text, expected) => {
    expect(faults(text)).toMatch(expected);
  });

  it('lists every fault at once', () => {
    const text = edited('rank: 8', 'rnak: 8').replace('validation: 24', 'validation: -1');
    expect(faults(text).split('\n')).toHaveLength(2);
  });

  it('refuses nesting that would overflow a parser', () => {
    expect(faults('['.repeat(100_000))).toMatch(/nested deeper than/);
  });

  it('refuses __proto__ as a key', () => {
    expect(faults(`${quickstart}\n__proto__: { a: 1 }\n`)).toMatch(/__proto__/);
  });
});

describe('a stage that a combination is held against', () => {
  const held = (both: object, rival: object) =>
    edited(
      'both:     { stage: combine, of: [lora, vector], order: finetune-then-steer }',
      `both: ${JSON.stringify(both)}`,
    )
      .replace('  laws:', `  rival: ${JSON.stringify(rival)}\n  laws:`)
      .replace('vector, lora, both]', 'vector, lora, both, rival]')
      .replace('method: mean-difference', 'method: trained-vector')
      .replace('coefficients: [1, 3]', 'learning_rates: [0.01], checkpoints: [0.5, 1]');
  const rates = (...learning_rates: number[]) => ({
    stage: 'finetune',
    data: 'sample',
    method: 'lora',
    search: { learning_rates, checkpoints: [0.5, 1] },
  });
  const both = (order: string, search = {}) => ({
    stage: 'combine',
    of: ['lora', 'vector'],
    order,
    against: ['rival'],
    ...search,
  });

  it('searches as much as both parts together, where these search one after the other', () => {
    expect(faults(held(both('finetune-then-steer'), rates(1e-4, 1e-3, 3e-3, 1e-2)))).toBe('no fault');
    expect(faults(held(both('finetune-then-steer'), rates(1e-3, 3e-3)))).toMatch(
      /"rival" searches 4 trials; expected 8, as many as "both"/,
    );
  });

  it('searches as much as every start of a joint training, whatever the parts searched alone', () => {
    const joint = both('joint', { search: { learning_rates: [1e-3, 5e-3, 1e-2], checkpoints: [0.5, 1] } });
    // Two layers to start from, three rates, two checkpoints.
    expect(faults(held(joint, rates(1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)))).toBe('no fault');
    expect(faults(held(joint, rates(1e-4, 3e-4, 1e-3, 3e-3)))).toMatch(
      /"rival" searches 8 trials; expected 12, as many as "both"/,
    );
  });
});
