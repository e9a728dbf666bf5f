import { describe, expect, it } from 'vitest';
import { catalog } from '../../methods/catalog.js';
import { memberOf } from '../../schemas/member-names.js';
import { parsePipeline } from '../../schemas/pipeline-file.js';
import { dependenciesOf } from '../../schemas/pipeline-graph.js';
import { cellsPerGroup, groupSlug, groupsOf, groupTitle } from '../../schemas/plan.js';

function study({ models = '[toys/small, owner/name]', rest = '' } = {}): string {
  return `
name: ladder
models: ${models}
tasks: [attributes.k1, attributes.k2]
${rest}
stages:
  toys:
    stage: pretrain
    corpus: [attributes]
    members: { small: { hidden: 8, layers: 1, heads: 2, intermediate: 16 }, large: { hidden: 16, layers: 2, heads: 2, intermediate: 32 } }
    steps: 100
    checkpoints: [50, 100]
  sample: { stage: sample, budgets: [1, 2], seeds: 2, validation: 4, test: 4 }
  baseline: { stage: baseline, data: sample, off_target: [] }
  vector: { stage: steer, data: sample, method: mean-difference, search: { layers: [0] } }
  laws: { stage: fit, of: [baseline, vector] }
  report: { stage: report, of: [laws] }
`;
}

function parsed(options?: Parameters<typeof study>[0]) {
  return parsePipeline(study(options), 'ladder.yaml', catalog);
}

describe('models that a study makes itself', () => {
  it('are told from hub ids by the name of their stage', () => {
    const pipeline = parsed();
    expect(memberOf(pipeline, 'toys/small')).toEqual({ stage: 'toys', member: 'small', step: 100 });
    expect(memberOf(pipeline, 'toys/small@50')).toEqual({ stage: 'toys', member: 'small', step: 50 });
    expect(memberOf(pipeline, 'owner/name')).toBeUndefined();
  });

  it('are trained before any stage that computes with a model', () => {
    const pipeline = parsed();
    expect(dependenciesOf(pipeline, 'sample')).toEqual([]);
    expect(dependenciesOf(pipeline, 'baseline')).toEqual(['sample', 'toys']);
    expect(dependenciesOf(pipeline, 'vector')).toEqual(['sample', 'toys']);
  });

  it('are one group each, named by the member', () => {
    const pipeline = parsed();
    expect(groupsOf(pipeline, 'toys')).toEqual([{ member: 'small' }, { member: 'large' }]);
    expect(cellsPerGroup(pipeline, 'toys')).toBe(1);
    expect(groupTitle('toys', { member: 'small' })).toBe('toys · small');
    expect(groupSlug({ member: 'small' })).toBe('small');
  });

  it('may be studied on some of the tasks alone', () => {
    const pipeline = parsed({ rest: 'tasks_of: { toys/small: [attributes.k2] }' });
    const groups = groupsOf(pipeline, 'baseline').map(({ model, task }) => `${model} ${task}`);
    expect(groups).toEqual([
      'toys/small attributes.k2',
      'owner/name attributes.k1',
      'owner/name attributes.k2',
    ]);
  });

  it.each([
    [
      'a member',
      { models: '[toys/smal]' },
      /models\.0: stage "toys" has no member "smal"; .*did you mean "small"/,
    ],
    ['a step', { models: '[toys/small@60]' }, /no checkpoint of "small" at step 60; expected one of 50, 100/],
    ['a stage that no model is of', { models: '[owner/name]' }, /stage "toys" is not used/],
    [
      'a model of tasks_of',
      { rest: 'tasks_of: { toys/lagre: [attributes.k1] }' },
      /"toys\/lagre" is no model of this pipeline/,
    ],
    [
      'a task of tasks_of',
      { rest: 'tasks_of: { toys/small: [attributes.k3] }' },
      /"attributes\.k3" is no task of this pipeline/,
    ],
  ])('refuses %s that is not there', (_, options, message) => {
    expect(() => parsed(options)).toThrow(message);
  });
});
