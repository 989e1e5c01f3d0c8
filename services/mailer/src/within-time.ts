/** What a promise resolves with, or undefined when that takes too long. */
export async function withinTime<Value>(promise: Promise<Value>, timeMs: number): Promise<Value | undefined> {
  const { promise: timeIsUp, resolve } = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => resolve(undefined), timeMs);
  try {
    return await Promise.race([promise, timeIsUp]);
  } finally {
    clearTimeout(timer);
  }
}
