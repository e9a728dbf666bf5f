import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { temporal } from '@temporalio/proto';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';

// Histories as the server keeps them: temporal.api.history.v1.History, encoded.
const histories = resolve(import.meta.dirname, '../fixtures/histories');
const codePath = resolve(import.meta.dirname, '../../dist/workflow-bundle.js');

// A change that makes one of these fail would break studies that are running: version it, or let them end first.
describe('workflows replay the histories that earlier studies left', () => {
  it.each(readdirSync(histories))(
    '%s',
    async (file) => {
      const history = temporal.api.history.v1.History.decode(readFileSync(join(histories, file)));
      expect(history.events.length).toBeGreaterThan(10);
      // Ids of child workflows follow from the study's own.
      const id = history.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? undefined;
      await expect(
        Worker.runReplayHistory({ workflowBundle: { codePath } }, history, id),
      ).resolves.toBeUndefined();
    },
    60_000,
  );
});
