/** Asks the guards about what a run has settled: which legs they hold, and what a person is shown of it. */
import type { Tx } from '../../db/index.ts';
import type { BaseRun } from '../../db/runs/base-run.ts';
import type { HeldLeg, RunCounts } from '../../db/schema.ts';
import { countCreations, countLosses, type SettleScope } from '../../db/settle/index.ts';
import { countGuard, creationGuard, valueGuard } from '../../sync/guards.ts';
import { legs, targetOf, vendorNames } from '../../sync/legs.ts';

export async function guardRun(
  tx: Tx,
  scope: SettleScope,
  base: BaseRun | null,
  counts: RunCounts,
): Promise<HeldLeg[]> {
  const held = [...(await holdLosses(tx, scope)), ...(await holdCreations(tx, scope, base))];
  // A delta run reads what was touched: its numbers say nothing of how many there are.
  return scope.delta ? held : [...held, ...holdCounts(scope, base, counts)];
}

async function holdLosses(tx: Tx, scope: SettleScope): Promise<HeldLeg[]> {
  const { guards } = scope.config;
  const losses = await countLosses(tx, scope, guards.valueFloor);
  const tripped = valueGuard(
    losses.map((loss) => ({ ...loss, toNothing: loss.lost })),
    guards,
  );
  const holds = (loss: (typeof losses)[number]): boolean =>
    tripped.some((trip) => trip.guard === 'values' && trip.leg === loss.leg && trip.field === loss.field);
  const isYesNo = (field: string): boolean =>
    scope.plan.push.some(({ property, guardTo }) => property === field && guardTo === 'emptyOrFalse');
  const nothing = (field: string): string => (isYesNo(field) ? 'empty or false' : 'empty or 0');
  return losses.filter(holds).map((loss) => ({
    leg: loss.leg,
    test: 'values',
    subject: loss.field,
    message: `${loss.lost} of ${loss.something} values of "${loss.field}" would become ${nothing(loss.field)}.`,
    before: loss.something,
    now: loss.something - loss.lost,
    samples: loss.samples,
  }));
}

async function holdCreations(tx: Tx, scope: SettleScope, base: BaseRun | null): Promise<HeldLeg[]> {
  const matched =
    base === null || base.config.create !== scope.config.create ? null : (base.counts.match?.matched ?? 0);
  const creations = await countCreations(tx, scope);
  const asked = creations.map(({ leg, creations: n }) => ({ leg, creations: n, matchedBefore: matched }));
  return creationGuard(asked, scope.config.guards).flatMap((trip): HeldLeg[] => {
    if (trip.guard !== 'creations') return [];
    const { leg, before, now } = trip;
    const target = targetOf(leg);
    return [
      {
        leg,
        test: 'creations',
        subject: target,
        message: `${now} records would be created in ${vendorNames[target]}, where the last good run had ${before} matched pairs.`,
        before,
        now,
        samples: creations.find((each) => each.leg === leg)?.samples ?? [],
      },
    ];
  });
}

function holdCounts({ config }: SettleScope, base: BaseRun | null, { read, match }: RunCounts): HeldLeg[] {
  const of = (counts: Pick<RunCounts, 'read' | 'match'>) => ({
    hubspot: counts.read?.hubspot ?? 0,
    pendo: counts.read?.pendo ?? 0,
    matched: counts.match?.matched ?? 0,
  });
  const what = { hubspot: 'records read from HubSpot', pendo: 'records read from Pendo', matched: 'matched pairs' };
  const trips = countGuard(base === null ? null : of(base.counts), of({ read, match }), config.guards);
  return trips.flatMap((trip): HeldLeg[] => {
    if (trip.guard !== 'counts') return [];
    const { count, before, now } = trip;
    const message = `Only ${now} ${what[count]}, after ${before} in the last good run.`;
    return legs.map((leg) => ({ leg, test: 'counts', subject: count, message, before, now }));
  });
}
