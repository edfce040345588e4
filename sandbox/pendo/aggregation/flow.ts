import type { Compiler, Row } from '../expression/compile.ts';
import type { Truth } from '../truth/truth.ts';

/** Where rows go. `push` answers false when no more rows are wanted. */
export interface Sink {
  push(row: Row): boolean;
  end(): void;
}

/**
 * What is known about the order of the rows at a place in the pipeline, so that a sort by it costs nothing and a
 * group by it can hand on each group as it ends.
 */
export interface Flow {
  /** Rows with one value of this field follow each other. */
  together: 'visitorId' | 'accountId' | null;
  /** ... and the values ascend, in the order of the `pendoStringOrder` switch. */
  ascending: boolean;
}

/** One operator, compiled. `link` is called once per run (once per period of an iterative time series). */
export interface Step {
  link(next: Sink, flow: Flow): Sink;
  flow(before: Flow): Flow;
  /** Work that must be done before rows flow: the inner pipeline of a merge. */
  prepare?(): Promise<void>;
}

/** Rows to read, in units between which the event loop may turn. */
export interface RowSource {
  flow: Flow;
  units(): Iterable<number>;
  /** Hands on the rows of a unit; false when no more are wanted. */
  emit(unit: number, sink: Sink): boolean;
}

/** What compiling and running one request needs. */
export interface Request {
  compiler: Compiler;
  truth: Truth;
  /** Visitor-days asked for so far, all sources of the request together. */
  cost: number;
  limits: Limits;
  /** Rows that operators hold on to. Throws TooMuch beyond the limit. */
  hold(rows: number): void;
}

export interface Limits {
  /** Stands for Pendo's five minutes: visitors in the id range times days of the window, per call. */
  visitorDays: number;
  /** Stands for Pendo's 4 GB of working data: rows held by sort, group, join and the answer. */
  heldRows: number;
  /** Rows of one metadata write that fit into Pendo's five minutes; the rest is not applied. */
  writeRows: number;
}

export const unordered: Flow = { together: null, ascending: false };
