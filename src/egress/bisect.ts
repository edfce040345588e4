/**
 * A batch that a vendor refuses as a whole is halved until the culprits stand alone: 14 calls more for one among 100.
 *
 * The day's calls are finite, so it is given up where nothing helps. After some rows that were refused alone, and none
 * taken, the largest parts left are tried as they are: rows lie in the order of their ids, and those of one bad import beside
 * each other. Only if nothing at all is taken, all of them are refused.
 */
export interface Bisection<Row, Refusal> {
  /** Sends rows together. Resolves with why they were refused as a whole. */
  send(rows: readonly Row[]): Promise<Refusal | undefined>;
  /** A row that was refused alone, or rows that are given up. */
  reject(rows: readonly Row[], refusal: Refusal): void;
  /** Has any row of the batch been taken? */
  anyTaken(): boolean;
  /** Is there no use in sending more? */
  stopped(): boolean;
}

const hopeless = 12;

/** @returns the rows that were not sent when it was stopped */
export async function bisect<Row, Refusal>(
  rows: readonly Row[],
  { send, reject, anyTaken, stopped }: Bisection<Row, Refusal>,
): Promise<Row[]> {
  const open: (readonly Row[])[] = rows.length === 0 ? [] : [rows];
  const doubtful: { rows: readonly Row[]; refusal: Refusal }[] = [];
  let alone = 0;
  const halve = (part: readonly Row[]): void => {
    const middle = Math.ceil(part.length / 2);
    // The last one is taken next.
    open.push(part.slice(middle), part.slice(0, middle));
  };
  while (open.length > 0) {
    if (stopped()) return [...open, ...doubtful.map((part) => part.rows)].flat();
    const trying = alone >= hopeless && !anyTaken();
    if (trying) open.sort((a, b) => a.length - b.length);
    const part = open.pop() as readonly Row[];
    const refusal = await send(part);
    if (refusal === undefined) {
      if (anyTaken()) for (const { rows: again } of doubtful.splice(0)) halve(again);
    } else if (stopped()) {
      // Whoever stopped it has taken the rows of this part.
    } else if (part.length === 1) {
      alone += 1;
      reject(part, refusal);
    } else if (trying) doubtful.push({ rows: part, refusal });
    else halve(part);
  }
  for (const { rows: part, refusal } of doubtful) reject(part, refusal);
  return [];
}
