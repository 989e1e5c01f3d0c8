import { EventLogError } from '../event-log-error.ts';

/** The protocol's name of an error, such as `OFFSET_OUT_OF_RANGE`; undefined where no broker said one. */
export function protocolErrorOf(error: unknown): string | undefined {
  const root = rootOf(error);
  return root instanceof Error && 'type' in root && typeof root.type === 'string' ? root.type : undefined;
}

/** What went wrong, for a sentence. */
export function reasonOf(error: unknown): string {
  const root = rootOf(error);
  const said = root instanceof Error ? root.message : String(root);
  const type = protocolErrorOf(error);
  return type === undefined ? said : `${said} (${type})`;
}

/** `doing` completes the sentence "The log could not …". */
export function toEventLogError(error: unknown, doing: string): EventLogError {
  if (error instanceof EventLogError) {
    return error;
  }
  const message = `The log could not ${doing}: ${reasonOf(error)}.`;
  return new EventLogError('log-unavailable', message, { cause: error });
}

/** kafkajs wraps errors when it gives up. */
function rootOf(error: unknown): unknown {
  const isWrapped = error instanceof Error && error.cause instanceof Error;
  return isWrapped ? rootOf(error.cause) : error;
}
