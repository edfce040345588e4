import { inject } from 'vitest';
import { orFail } from './prepared.ts';

/** `host:port` of the run's Temporal server, namespace `default`. Use task queues and tenants of your own. */
export function temporalAddress(): string {
  return inject('temporalAddress');
}

/** The bundled workflows, for `Worker.create({ workflowBundle })` and for replays. */
export function workflowBundle(): { codePath: string } {
  return { codePath: orFail('The workflow bundle', inject('workflowBundle')) };
}
