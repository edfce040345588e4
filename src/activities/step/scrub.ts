/**
 * Failures as they may enter workflow history: a type from a closed set and our own words. A database error can quote
 * a row, a parser its input; both stay in the log of the worker, where the log's own redaction holds.
 */
import { ApplicationFailure } from '@temporalio/activity';

export function scrubbed(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  // PostgreSQL's five-character states and Node's E… codes name no data.
  if (/^[0-9A-Z]{5}$/.test(code)) return ApplicationFailure.retryable(`The database answered ${code}.`, 'DATABASE');
  if (/^E[A-Z_]+$/.test(code)) return ApplicationFailure.retryable(`A connection failed with ${code}.`, 'CONNECTION');
  const name = error instanceof Error && /^[A-Za-z]{1,40}$/.test(error.name) ? error.name : 'Error';
  return ApplicationFailure.retryable(`The step failed with ${name}; the worker's log has the details.`, 'INTERNAL');
}
