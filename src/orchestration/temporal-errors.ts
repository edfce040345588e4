/** What an error of Temporal's client says about the request. */
import { isGrpcServiceError, ScheduleNotFoundError, ServiceError } from '@temporalio/client';
import { CronError } from '../sync/cron.ts';

/** gRPC status codes. */
const cancelled = 1;
const deadlineExceeded = 4;
const failedPrecondition = 9;

/**
 * True where the same request can never be taken; false where it may be tried again. For a schedule's INVALID_ARGUMENT the
 * client throws a TypeError with the server's words.
 */
export function isRefusal(error: unknown): boolean {
  return error instanceof CronError || error instanceof TypeError;
}

/**
 * True where a schedule is not there any more. Temporal answers NOT_FOUND, or FAILED_PRECONDITION ("Workflow execution closed
 * before WorkflowTaskStarted event") where it was deleted while the request was being answered.
 */
export function isScheduleGone(error: unknown): boolean {
  if (error instanceof ScheduleNotFoundError) return true;
  return grpcCode(error) === failedPrecondition;
}

/** True where Temporal did not answer before the request's deadline: the server reports it, or the client, which cancels. */
export function isUnanswered(error: unknown): boolean {
  const code = grpcCode(error);
  return code === deadlineExceeded || code === cancelled;
}

function grpcCode(error: unknown): number | undefined {
  const cause = error instanceof ServiceError ? error.cause : error;
  return isGrpcServiceError(cause) ? Number(cause.code) : undefined;
}
