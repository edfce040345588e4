/** Prints the bundled workflows and ends. Started by `bundle.ts`. */
import { bundleWorkflowCode } from '@temporalio/worker';
import { workflowsPath } from './worker.ts';

const silent = (): void => undefined;
const logger = { log: silent, trace: silent, debug: silent, info: silent, warn: silent, error: console.error };
const { code } = await bundleWorkflowCode({ workflowsPath, logger });
process.stdout.write(code);
