/** Why a command did not do what it was asked: the API's own form of a refusal, whoever refused. */

export interface FieldProblem {
  path: string;
  code?: string;
  message: string;
  fix?: string | undefined;
}

export class Problem extends Error {
  override name = 'Problem';
  readonly code: string;
  readonly fix: string;
  /** Of the HTTP answer; 0 where there was none. */
  readonly status: number;
  readonly requestId: string | undefined;
  readonly fields: readonly FieldProblem[];

  constructor(
    problem: { code: string; message: string; fix: string; requestId?: string | undefined; fields?: FieldProblem[] },
    status = 0,
  ) {
    super(problem.message);
    this.code = problem.code;
    this.fix = problem.fix;
    this.status = status;
    this.requestId = problem.requestId;
    this.fields = problem.fields ?? [];
  }

  toJSON(): object {
    const { code, message, fix, requestId, fields } = this;
    return { code, message, fix, requestId: requestId ?? null, fields };
  }
}

export function misuse(message: string, fix: string): Problem {
  return new Problem({ code: 'MISUSE', message, fix });
}

/** What a person reads: what happened, why by field, and what to do. */
export function problemLines(error: unknown): string[] {
  if (!(error instanceof Problem)) return [error instanceof Error ? error.message : String(error)];
  const fields = error.fields.map(
    ({ path, message, fix }) => `  ${path}: ${message}${fix === undefined || fix === error.fix ? '' : ` ${fix}`}`,
  );
  const request = error.requestId === undefined ? '' : `, request ${error.requestId}`;
  return [error.message, ...fields, error.fix, `(${error.code}${request})`].filter((line) => line !== '');
}

/** With `--json` an error is JSON too. */
export function problemJson(error: unknown): object {
  if (error instanceof Problem) return error.toJSON();
  const message = error instanceof Error ? error.message : String(error);
  return { code: 'FAILED', message, fix: '', requestId: null, fields: [] };
}
