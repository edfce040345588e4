/** What vendors answered to the batches of a leg, recorded some at a time. */

import { keepAnswers } from '../../db/answers.ts';
import {
  type AcceptedDelivery,
  type DeliveryScope,
  type NotCreatedDelivery,
  noteFiledElsewhere,
  type RejectedDelivery,
  recordAnswer,
  recordNotCreated,
  recordWithheld,
  type WithheldDelivery,
} from '../../db/deliver/index.ts';
import type { DroppedField } from '../../db/schema.ts';
import { targetOf } from '../../sync/legs.ts';
import type { Answers } from '../../sync/verdicts.ts';
import type { Step } from '../step/step.ts';
import { createWriteQueue } from '../step/write-queue.ts';
import { noteDropped } from './dropped-fields.ts';

/** Answers recorded together. One such writer a leg: both legs lock pairs in the same order, and wait for each other little. */
const answersAtOnce = 8;

export interface RecordedAnswer {
  accepted: AcceptedDelivery[];
  rejected: RejectedDelivery[];
  notCreated: NotCreatedDelivery[];
  dropped: DroppedField[];
  /** What cannot be written at all. */
  withheld: WithheldDelivery[];
  /** What canaries have shown, by their kinds. */
  answers: Answers;
}

/** @returns what records an answer; resolves when it is recorded. */
export function createAnswerRecorder(
  step: Step,
  scope: DeliveryScope,
  clock: () => number,
): (answer: RecordedAnswer) => Promise<void> {
  return createWriteQueue<RecordedAnswer>({
    writers: 1,
    most: answersAtOnce,
    write: (answers) => {
      const accepted = answers.flatMap((answer) => answer.accepted);
      const rejected = answers.flatMap((answer) => answer.rejected);
      const elsewhere = rejected.filter(({ code }) => code === 'FILED_ELSEWHERE').map(({ seq }) => seq);
      return step.answered(async (tx, moved) => {
        for (const field of answers.flatMap(({ dropped }) => dropped)) await noteDropped(tx, scope.runId, field);
        await recordWithheld(
          tx,
          scope,
          answers.flatMap(({ withheld }) => withheld),
        );
        // What was sent before a move to another portal is nothing to remember there.
        await recordAnswer(tx, { ...scope, forgets: moved }, clock(), { accepted, rejected });
        await recordNotCreated(
          tx,
          scope,
          answers.flatMap(({ notCreated }) => notCreated),
        );
        await noteFiledElsewhere(tx, scope, elsewhere);
        const learnt: Answers = Object.assign({}, ...answers.map((answer) => answer.answers));
        const isNews = !moved && Object.keys(learnt).length > 0;
        if (isNews) await keepAnswers(tx, scope.tenantId, targetOf(scope.leg), learnt);
      });
    },
  });
}
