/** No mass damage: SEMANTICS 5. */
import { canonical } from './canonical.ts';
import type {
  FieldExpectation,
  GuardVerdict,
  Leg,
  MatchExpectation,
  Memory,
  OracleSetup,
  Reading,
} from './contract.ts';

/** For these two, 0 says something. */
const zeroIsSomething = new Set(['latestNps', 'usageTrending']);

/** Is the reading something that a person could miss? What cannot be read is. */
export function isSomething(reading: Reading, source: string): boolean {
  if (reading.state === 'unreadable') return true;
  if (reading.state !== 'value') return false;
  return reading.value !== 0 || zeroIsSomething.has(source);
}

/** Per taker field, what would be lost of what is held. */
export class ValueGuard {
  private readonly tallies = new Map<string, { lost: number; held: number }>();

  count(field: FieldExpectation): void {
    let tally = this.tallies.get(field.field);
    if (!tally) {
      tally = { lost: 0, held: 0 };
      this.tallies.set(field.field, tally);
    }
    if (!isSomething(field.held, field.source)) return;
    tally.held += 1;
    if (field.owed && canonical(field.wanted) !== undefined && !isSomething(field.wanted, field.source))
      tally.lost += 1;
  }

  verdicts(leg: Leg, guards: OracleSetup['syncConfig']['guards']): GuardVerdict[] {
    return [...this.tallies].map(([subject, { lost, held }]) => ({
      guard: 'values',
      subject,
      legs: [leg],
      figure: lost,
      of: held,
      held: lost > guards.valueShare * held && lost > guards.valueFloor,
    }));
  }
}

/** Records read and matched, against the last good run. Without one, nothing to compare with. */
export function countVerdicts(
  match: MatchExpectation,
  baseline: Memory['baseline'],
  setup: OracleSetup,
): GuardVerdict[] {
  if (!baseline) return [];
  const { countShare, countFloor } = setup.syncConfig.guards;
  const now = { hubspot: match.hubspot.read, pendo: match.pendo.read, matched: match.pairs.size };
  return (['hubspot', 'pendo', 'matched'] as const).map((subject) => ({
    guard: 'counts',
    subject,
    legs: ['pull', 'push'],
    figure: now[subject],
    of: baseline[subject],
    held: baseline[subject] >= countFloor && now[subject] < countShare * baseline[subject],
  }));
}
