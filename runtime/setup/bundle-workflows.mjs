import { rename, writeFile } from 'node:fs/promises';
import { bundleWorkflowCode } from '@temporalio/worker';

// Arguments: the compiled entry of the workflows, the bundle to write. Workers then start without bundling first.
const [entry, target] = process.argv.slice(2);
const { code } = await bundleWorkflowCode({ workflowsPath: entry });
await writeFile(`${target}.${process.pid}`, code);
await rename(`${target}.${process.pid}`, target);
