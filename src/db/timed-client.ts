/**
 * A connection to PostgreSQL that does not wait for ever. A server or proxy that went away without a word leaves a connection
 * that looks open: TCP keep-alive notices a dead host, but a proxy that stopped forwarding still answers those probes, so
 * each statement has a time of its own as well. A connection that is silent for longer is closed, and the pool opens another.
 *
 * `query_timeout` of the driver gives up the statement and keeps the connection, and a time-out that is sent when connecting is
 * refused by poolers; hence this class.
 */
import pg from 'pg';
import { traced, withinSpan } from '../telemetry/tracing.ts';

/** In ms. */
const openWithin = 30_000;
/** Linux then probes each second, and gives up after ten. */
const keepAliveAfter = 10_000;

export class TimedClient extends pg.Client {
  /** How long a statement may go unanswered, in ms; 0: as long as it takes. Set by whoever borrows the connection. */
  timeoutMs = 0;
  /** The same for `begin`, `commit` and `rollback`, which have nothing to compute. */
  controlTimeoutMs = 0;

  constructor(config: pg.ClientConfig = {}) {
    super({
      ...config,
      keepAlive: true,
      keepAliveInitialDelayMillis: keepAliveAfter,
      connectionTimeoutMillis: config.connectionTimeoutMillis || openWithin,
    });
    // Whoever waits for an answer gets the error from its statement; nobody listens to a borrowed connection itself.
    this.on('error', () => undefined);
    let timer: NodeJS.Timeout | undefined;
    const answered = (): void => clearTimeout(timer);
    this.on('drain', answered).on('end', answered);
    const send = this.query.bind(this) as (...args: unknown[]) => unknown;
    this.query = ((...args: unknown[]) => {
      const ms = isControl(args[0]) ? this.controlTimeoutMs : this.timeoutMs;
      clearTimeout(timer);
      if (ms > 0) timer = setTimeout(() => this.giveUp(), ms);
      return withinSpan() ? tracedQuery(send, args) : send(...args);
    }) as typeof this.query;
  }

  private giveUp(): void {
    const { connection } = this as unknown as { connection: { stream: { destroy(error: Error): void } } };
    connection.stream.destroy(Object.assign(new Error('The database did not answer in time.'), { code: 'ETIMEDOUT' }));
  }
}

function isControl(statement: unknown): boolean {
  return typeof statement === 'string' && /^(begin|start transaction|commit|rollback)\b/.test(statement);
}

/** The statement itself is not recorded: some contain names of fields. Statements of budgets are named by their function. */
function tracedQuery(send: (...args: unknown[]) => unknown, args: unknown[]): unknown {
  const [statement] = args as [string | { text?: string }];
  const text = typeof statement === 'string' ? statement : (statement.text ?? '');
  const operation = /^\s*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? 'OTHER';
  const budget = /\bbudget_[a-z_]+/.exec(text)?.[0];
  const name = budget === undefined ? operation : `${operation} ${budget}`;
  const summary = budget === undefined ? {} : { 'db.query.summary': name };
  const answer = (): unknown => send(...args);
  // With a callback, as the pool itself asks, there is nothing to wait for.
  if (typeof args.at(-1) === 'function') return answer();
  const attributes = { 'db.system.name': 'postgresql', 'db.operation.name': operation, ...summary } as const;
  return traced(name, 'client', attributes, async () => answer());
}
