import { EventLogError } from '../event-log-error.ts';
import type { EventLogErrorCode } from '../event-log-error.ts';

/** What of a failure survives the way between two threads; `errcode` is SQLite's, where it came from SQLite. */
export interface FailureReport {
  readonly errcode: number | undefined;
  readonly message: string;
}

/** Primary result codes, https://sqlite.org/rescode.html */
const SQLITE_BUSY = 5;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;
const codeOfResult = new Map<number, EventLogErrorCode>([
  [11, 'log-corrupt'],
  [SQLITE_FULL, 'log-full'],
  [18, 'append-too-large'],
  [26, 'log-corrupt'],
]);

export function reportFailure(error: unknown): FailureReport {
  const message = error instanceof Error ? error.message : String(error);
  const errcode = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return { message, errcode: typeof errcode === 'number' ? errcode : undefined };
}

export function isBusy(error: unknown): boolean {
  return primaryCode(reportFailure(error)) === SQLITE_BUSY;
}

/** Less than this is not enough for the pages of a commit. */
const scarceBytes = 1024 * 1024;

/**
 * Whether space would help. Without it, SQLite cannot extend the file it shares memory by, or shorten its log, and calls
 * that an IO error.
 */
export function isForWantOfSpace(error: unknown, freeBytes: () => number): boolean {
  const code = primaryCode(reportFailure(error));
  return code === SQLITE_FULL || (code === SQLITE_IOERR && freeBytes() < scarceBytes);
}

/** Why an append is refused while others use the reserve. */
export const reserveInUse: FailureReport = {
  errcode: SQLITE_FULL,
  message: 'the disk is full, and what was kept free is for settings, commands and outcomes',
};

/** `doing` completes the sentence "The log could not …". */
export function failureToError(report: FailureReport, doing: string): EventLogError {
  const code = codeOfResult.get(primaryCode(report)) ?? 'log-unavailable';
  return new EventLogError(code, `The log could not ${doing}: ${report.message}.`);
}

export function toEventLogError(error: unknown, doing: string): EventLogError {
  return error instanceof EventLogError ? error : failureToError(reportFailure(error), doing);
}

/** Extended result codes carry the primary one in their low byte. */
function primaryCode(report: FailureReport): number {
  return (report.errcode ?? 0) & 0xff;
}
