/** No mass damage: SEMANTICS 5. */
import type {
  FieldExpectation,
  GuardVerdict,
  Leg,
  MatchExpectation,
  Memory,
  OracleSetup,
  Reading,
} from './contract.ts';
import type { Nothing } from './push-entry.ts';

/** Is there something that a person could miss: neither empty nor 0, nor `false` where that is nothing? What cannot be read is. */
function isSomething(reading: Reading, nothing: Nothing): boolean {
  if (reading.state === 'value') return reading.value !== 0 && !(nothing === 'false' && reading.value === false);
  return reading.state === 'unreadable';
}

/** Where only an empty value is nothing, a 0 is an answer like any other. */
function isLoss({ owed, wanted }: FieldExpectation, nothing: Nothing): boolean {
  if (!owed) return false;
  if (wanted.state === 'empty') return true;
  return nothing !== 'empty' && wanted.state === 'value' && !isSomething(wanted, nothing);
}

/** Below 0, 0 or above 0 as `figure` is below, at or above that share of `of`; the share is the decimal as written. */
export function compareShare(figure: number, share: number, of: number): number {
  let [scaled, scale] = [share, 1];
  while (!Number.isInteger(scaled) && scale < 1e12) {
    scale *= 10;
    scaled = Number((share * scale).toPrecision(12));
  }
  const gap = BigInt(figure) * BigInt(scale) - BigInt(Math.round(scaled)) * BigInt(of);
  return gap < 0n ? -1 : gap > 0n ? 1 : 0;
}

/** Per target field, what would be lost of what is held. */
export class ValueGuard {
  private readonly tallies = new Map<string, { lost: number; held: number }>();

  count(field: FieldExpectation, nothing: Nothing): void {
    let tally = this.tallies.get(field.field);
    if (!tally) {
      tally = { lost: 0, held: 0 };
      this.tallies.set(field.field, tally);
    }
    if (!isSomething(field.held, nothing)) return;
    tally.held += 1;
    if (isLoss(field, nothing)) tally.lost += 1;
  }

  verdicts(leg: Leg, guards: OracleSetup['syncConfig']['guards']): GuardVerdict[] {
    return [...this.tallies].map(([subject, { lost, held }]) => ({
      guard: 'values',
      subject,
      legs: [leg],
      figure: lost,
      of: held,
      held: compareShare(lost, guards.valueShare, held) > 0 && lost > guards.valueFloor,
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
    held: baseline[subject] >= countFloor && compareShare(now[subject], countShare, baseline[subject]) < 0,
  }));
}

/** New records of a leg, against the pairs of a baseline that created on the same side. */
export function creationVerdict(
  leg: Leg,
  planned: number,
  baseline: Memory['baseline'],
  setup: OracleSetup,
): GuardVerdict[] {
  const { create, guards } = setup.syncConfig;
  if (!baseline || create === 'none' || baseline.create !== create) return [];
  // A setup on disk may be older than this guard.
  const { creationShare = 0.1, creationFloor = 25 } = guards;
  const held = compareShare(planned, creationShare, baseline.matched) > 0 && planned > creationFloor;
  return [{ guard: 'creations', subject: 'created', legs: [leg], figure: planned, of: baseline.matched, held }];
}
