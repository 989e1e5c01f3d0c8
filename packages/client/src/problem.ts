import type { Finding, Problem } from './operations.ts';

type OrOther<Known extends string> = Known | (string & Record<never, never>);
/** A code of the service, or one of the client itself: `offline` (no answer came), `unreadable` (it is not the service's). */
type Code = OrOther<Problem['code'] | 'offline' | 'unreadable'>;
type AnyFinding = Omit<Finding, 'code'> & { readonly code: OrOther<Finding['code']> };

interface Given extends Partial<Omit<Problem, 'code' | 'findings'>> {
  readonly code?: Code;
  readonly findings?: readonly AnyFinding[];
}

/** A problem that the service answered (RFC 9457), or what kept it from answering. */
export class PostausgangProblem extends Error {
  override readonly name = 'PostausgangProblem';
  /** The stable name of the problem: switch on it. Later releases may add codes. */
  readonly code: Code;
  /** The HTTP status, or 0 where no answer came. */
  readonly status: number;
  /** What is wrong with which value of the request. */
  readonly findings: readonly AnyFinding[];
  /** Whether the same request may succeed later. */
  readonly retriable: boolean;
  /** Why an access token was refused, for the operator. */
  readonly reason: string | undefined;

  constructor(status: number, problem: Given, cause?: unknown) {
    super(problem.detail ?? problem.title ?? '', cause === undefined ? {} : { cause });
    this.status = status;
    this.code = problem.code ?? `http-${status}`;
    this.findings = problem.findings ?? [];
    this.retriable = problem.retriable ?? false;
    this.reason = problem.reason;
  }
}
