/** One direction of a run as steps: how many records reach each step, and what left on the way. */
export interface FlowExit {
  outcome: string;
  n: number;
}
export interface FlowStep {
  name: 'read' | 'matched' | 'owed' | 'written';
  n: number;
  /** 0 to 1 of what was read. */
  share: number;
  exits: FlowExit[];
}

const beforeMatch = ['excluded', 'blank', 'invalidKey', 'ambiguous', 'unmatched'];
const beforeOwed = ['unchanged', 'kept', 'altered', 'invalidField'];
const beforeWritten = ['rejected', 'held', 'notReached'];

/** From a leg's outcomes, which add up to the source's records read. */
export function flowSteps(outcomes: Readonly<Record<string, number>>): FlowStep[] {
  const exits = (names: readonly string[]): FlowExit[] =>
    names.map((outcome) => ({ outcome, n: outcomes[outcome] ?? 0 })).filter(({ n }) => n > 0);
  const sum = (names: readonly string[]): number => names.reduce((total, name) => total + (outcomes[name] ?? 0), 0);
  const written = outcomes.written ?? 0;
  const owed = written + sum(beforeWritten);
  const matched = owed + sum(beforeOwed);
  const read = matched + sum(beforeMatch);
  const step = (name: FlowStep['name'], n: number, left: readonly string[]): FlowStep => ({
    name,
    n,
    share: read === 0 ? 0 : n / read,
    exits: exits(left),
  });
  return [
    step('read', read, beforeMatch),
    step('matched', matched, beforeOwed),
    step('owed', owed, beforeWritten),
    step('written', written, []),
  ];
}
