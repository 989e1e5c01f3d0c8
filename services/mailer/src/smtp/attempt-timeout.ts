/** A server that reads more slowly than this holds a connection for ever; 256 kbit/s. */
const leastBytesPerMs = 32;
const patience = 10;

/**
 * How long an attempt may take from its beginning to the final dot: ten silences of the settings, and the time the
 * content needs on a slow line. Each command has its own limit too; this one is for the server that stays just within
 * each of them, or takes the content drop by drop. The reply to the dot has a limit of its own.
 */
export function attemptTimeout(timeoutMs: number, sizeBytes: number): number {
  return patience * timeoutMs + sizeBytes / leastBytesPerMs;
}
