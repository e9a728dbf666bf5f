import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';

const histories = resolve(import.meta.dirname, '../fixtures/histories');
const codePath = resolve(import.meta.dirname, '../../dist/workflow-bundle.js');

// A change that makes one of these fail would break studies that are running: version it, or let them end first.
describe('workflows replay the histories that earlier studies left', () => {
  it.each(readdirSync(histories))(
    '%s',
    async (file) => {
      const history = historyFromJSON(JSON.parse(readFileSync(join(histories, file), 'utf8')));
      await expect(
        Worker.runReplayHistory({ workflowBundle: { codePath } }, history, 'replayed'),
      ).resolves.toBeUndefined();
    },
    60_000,
  );
});
