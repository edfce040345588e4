/** The spans of one run as rows of a picture: what was done many times in the same place is one row with many bars. */
import type { ReceivedSpan } from '../../test/setup/trace-receiver.ts';

export interface TraceRow {
  /** With the depth as an indent. */
  label: string;
  kind: 'workflow' | 'vendor' | 'database' | 'other';
  /** Ms since the trace began. */
  bars: { from: number; to: number }[];
}

const mostRows = 44;

export function rowsOf(spans: readonly ReceivedSpan[], runId: string): TraceRow[] {
  const closing = spans.find(
    ({ attributes, name }) => name.endsWith('closeRun') && attributes['crosswalk.run'] === runId,
  );
  if (closing === undefined) throw new Error(`No span of run ${runId} came: is tracing on?`);
  const own = spans.filter(({ traceId }) => traceId === closing.traceId);
  const began = Math.min(...own.map(startOf));
  const ids = new Set(own.map(({ spanId }) => spanId));
  const rows: TraceRow[] = [];
  const descend = (parents: readonly ReceivedSpan[], depth: number): void => {
    const byName = Map.groupBy(parents, nameOf);
    const ordered = [...byName.values()].sort((a, b) => startOf(a[0]!) - startOf(b[0]!));
    for (const same of ordered) {
      const times = same.length === 1 ? '' : ` × ${same.length}`;
      rows.push({
        label: `${'\u2003'.repeat(depth)}${nameOf(same[0]!)}${times}`,
        kind: kindOf(same[0]!),
        bars: same.map((span) => ({ from: startOf(span) - began, to: endOf(span) - began })),
      });
      const parentIds = new Set(same.map(({ spanId }) => spanId));
      const children = own.filter(({ parentSpanId }) => parentSpanId !== undefined && parentIds.has(parentSpanId));
      if (children.length > 0)
        descend(
          children.sort((a, b) => startOf(a) - startOf(b)),
          depth + 1,
        );
    }
  };
  const roots = own.filter(({ parentSpanId }) => !parentSpanId || !ids.has(parentSpanId));
  descend(
    roots.sort((a, b) => startOf(a) - startOf(b)),
    0,
  );
  return rows.slice(0, mostRows);
}

const startOf = (span: ReceivedSpan): number => Number(span.startTimeUnixNano) / 1e6;
const endOf = (span: ReceivedSpan): number => Number(span.endTimeUnixNano) / 1e6;

/** Statements and calls are many: those of a step are one row each. */
function nameOf(span: ReceivedSpan): string {
  const kind = kindOf(span);
  if (kind === 'database') return 'statements';
  return kind === 'vendor' ? 'calls of HubSpot and Pendo' : span.name;
}

function kindOf({ attributes, name }: ReceivedSpan): TraceRow['kind'] {
  if ('db.system.name' in attributes) return 'database';
  if ('server.address' in attributes) return 'vendor';
  return /Workflow|Activity|Run|Wait/.test(name) ? 'workflow' : 'other';
}
