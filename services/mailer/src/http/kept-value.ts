/**
 * A value that is read anew only when the one from before is older than this: for what anybody may ask for, as often as
 * they like, and what costs something to find out.
 *
 * @param elapsedMs a clock that nobody can set
 */
export function keptValue<T>(read: () => T, keepMs: number, elapsedMs: () => number): () => T {
  let kept: { readonly value: T; readonly atMs: number } | undefined;
  return () => {
    const nowMs = elapsedMs();
    if (kept === undefined || nowMs - kept.atMs >= keepMs) {
      kept = { value: read(), atMs: nowMs };
    }
    return kept.value;
  };
}
