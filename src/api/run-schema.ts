/** A run as the API shows it. */
import { z } from '@hono/zod-openapi';
import type { Approval } from '../control/runs/four-eyes.ts';
import { durationSeconds, type ListedRun, secondsLeft } from '../control/runs/list.ts';
import type { Run } from '../control/runs/start.ts';
import { syncConfigSchema, syncObjects } from '../sync/config.ts';
import { guardLimit } from '../sync/guards.ts';
import { instant, reasonSchema, toInstant } from './route.ts';

export const legSchema = z.enum(['pull', 'push']);
export const runStates = [
  'queued',
  'running',
  'paused',
  'waiting',
  'held',
  'succeeded',
  'degraded',
  'failed',
  'cancelled',
] as const;

/** Beside `changes`, wherever a record's writing is shown. */
export const refusedSchema = z
  .record(z.string(), z.object({ change: z.array(z.unknown()).length(2), code: z.string(), vendorText: z.string() }))
  .nullable()
  .openapi({
    description:
      'Fields that were owed too, and that the vendor refused for the whole run: why, and old and new value.',
    example: { phone: { change: [null, '555'], code: 'READ_ONLY_VALUE', vendorText: 'Property is read-only.' } },
  });

const step = z.object({
  done: z.number(),
  total: z.number().nullable(),
  rate: z.number().nullable().openapi({ description: 'Records per second.' }),
  left: z.number().nullable().openapi({ description: 'Seconds left.' }),
  at: z.number(),
});

export const runSchema = z
  .object({
    id: z.string().openapi({ example: '42' }),
    object: z.enum(syncObjects),
    trigger: z.enum(['enable', 'daily', 'manual', 'preview', 'retry']),
    dryRun: z.boolean(),
    scope: z.enum(['full', 'delta', 'record']).openapi({
      description: 'What it reads: everything, what changed since the last run, or one record on both sides.',
    }),
    state: z.enum(runStates),
    phase: z.string().openapi({ example: 'deliver' }),
    reason: reasonSchema.nullable(),
    waitingUntil: instant.nullable(),
    pauseRequested: z.boolean(),
    cancelRequested: z.boolean(),
    approved: z.array(legSchema),
    held: z.array(
      z.looseObject({
        leg: legSchema,
        test: z.enum(['values', 'counts', 'creations']),
        subject: z.string(),
        message: z.string(),
        before: z.number(),
        now: z.number(),
        limit: z
          .number()
          .optional()
          .openapi({ description: 'The value of `now` up to which the guard would have let the run pass.' }),
      }),
    ),
    dropped: z.array(z.object({ leg: legSchema, field: z.string(), code: z.string(), message: z.string() })).openapi({
      description: 'Fields that a vendor refused for the whole run. They are rejected on every record that owed them.',
    }),
    progress: z
      .object({ hubspot: step.optional(), pendo: step.optional(), pull: step.optional(), push: step.optional() })
      .openapi({ description: 'Live progress of each step.' }),
    counts: z
      .looseObject({
        read: z.record(z.string(), z.number()).optional(),
        match: z.record(z.string(), z.number()).optional(),
        legs: z.record(z.string(), z.record(z.string(), z.number())).optional(),
        events: z
          .looseObject({
            found: z.number().optional(),
            sent: z.number().optional(),
            refused: z.number().optional(),
            lost: z.number().optional(),
            skipped: z.number().optional(),
            left: z.number().optional(),
            ended: z.enum(['MONTHLY_LIMIT', 'ANSWERS_LOST']).optional(),
            stopped: z
              .array(z.object({ source: z.string(), id: z.string(), name: z.string(), reason: z.string() }))
              .optional(),
          })
          .optional()
          .openapi({
            description:
              'Occurrences of custom events: found owed by this run (of a dry run, what it would send); sent; refused, and owed again; lost: sent without an answer, and looked up by a later run; skipped: lost for good; left for a later run, and why.',
          }),
        notCreated: z
          .record(z.string(), z.record(z.string(), z.number()))
          .optional()
          .openapi({
            description: 'Per leg: records that the setting "create" applies to and that were not created, by reason.',
            example: { push: { NEAR_MISS: 3, KEY_NOT_LOWER_CASE: 1 } },
          }),
      })
      .openapi({
        description: 'Records read, matched, and per leg by outcome.',
        example: {
          read: { hubspot: 1000, pendo: 900 },
          legs: { pull: { written: 12, unchanged: 788, unmatched: 200 } },
        },
      }),
    calls: z.record(z.string(), z.number()).openapi({ description: 'Requests made, by limit class.' }),
    secondsLeft: z.number().nullable(),
    durationSeconds: z.number(),
    configVersion: z.number(),
    requestedBy: z.string().nullable(),
    decision: z
      .object({ action: z.enum(['approved', 'cancelled']), by: z.string(), at: instant, reason: z.string().nullable() })
      .nullable()
      .openapi({ description: 'What a person decided about it last, and why.' }),
    asOf: instant.nullable(),
    queuedAt: instant,
    openedAt: instant.nullable(),
    closedAt: instant.nullable(),
  })
  .openapi('Run');

export const runDetailSchema = runSchema
  .extend({
    config: syncConfigSchema.describe('Frozen when the run was queued.'),
    approval: z
      .object({
        fourEyes: z.boolean().openapi({ description: 'The four-eyes rule applies.' }),
        refusal: reasonSchema.nullable().openapi({
          description: 'Why the key of this request may not approve the run. Null: the four-eyes rule does not bar it.',
        }),
        baseline: z
          .object({ run: z.string(), at: instant })
          .nullable()
          .openapi({ description: 'The last full run that ended well: what the guards compare with.' }),
      })
      .nullable()
      .openapi({ description: 'What to know before approving. Null: the run is not held.' }),
    preview: z.unknown().openapi({
      type: ['object', 'null'],
      description: 'Of a dry run: the match with examples, changes per field with samples, creations, clears.',
    }),
  })
  .openapi('RunDetail');

export function toRun(row: ListedRun | Run, now: number): z.infer<typeof runSchema> {
  return {
    id: row.id,
    object: row.object,
    trigger: row.trigger,
    dryRun: row.dry_run,
    scope: row.scope,
    state: row.state,
    phase: row.phase,
    reason: row.reason,
    waitingUntil: toInstant(row.waiting_until),
    pauseRequested: row.pause_requested,
    cancelRequested: row.cancel_requested,
    approved: row.approved,
    held: row.held.map((held) => ({ ...held, limit: limitOf(held, row) })),
    dropped: row.dropped,
    progress: row.progress,
    counts: row.counts as z.infer<typeof runSchema>['counts'],
    calls: row.calls,
    secondsLeft: secondsLeft(row),
    durationSeconds: durationSeconds(row, now),
    configVersion: row.config_version,
    requestedBy: row.requested_by,
    decision: row.decision,
    asOf: toInstant(row.as_of),
    queuedAt: row.queued_at.toISOString(),
    openedAt: toInstant(row.opened_at),
    closedAt: toInstant(row.closed_at),
  };
}

/** Undefined of a run that is no longer held, in a list. */
function limitOf(held: Run['held'][number], row: ListedRun | Run): number | undefined {
  const guards = 'config' in row ? row.config.guards : row.guards;
  return guards ? guardLimit(held, guards) : undefined;
}

export function toRunDetail(row: Run, approval: Approval | null, now: number): z.infer<typeof runDetailSchema> {
  return {
    ...toRun(row, now),
    config: row.config,
    approval: approval && {
      fourEyes: approval.fourEyes,
      refusal: approval.refusal && {
        code: approval.refusal.code,
        message: approval.refusal.message,
        fix: approval.refusal.fix,
      },
      baseline: approval.baseline && { run: approval.baseline.run, at: approval.baseline.at.toISOString() },
    },
    preview: row.preview,
  };
}
