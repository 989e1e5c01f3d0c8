/** What a client would like (RFC 7240). None of it is a demand: what is not understood is ignored. */
export interface Prefer {
  /** `wait=30`: how long the client would wait for the outcome, at most 60 s. */
  readonly waitSeconds: number | undefined;
  /** `wait=applied`: until all mailers have reported. */
  readonly waitApplied: boolean;
  /** `respond-async`: rather 202 than waiting. */
  readonly respondAsync: boolean;
}

export const maxWaitSeconds = 60;

const preference = /^([a-z-]+)(?:\s*=\s*(?:"([^"]*)"|([^\s";,]+)))?\s*(?:;.*)?$/i;

/** Of a preference that comes twice only the first counts (RFC 7240 §2). */
function preferencesOf(header: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const part of header.split(',')) {
    const [, name, quoted, token] = preference.exec(part.trim()) ?? [];
    if (name === undefined || found.has(name.toLowerCase())) continue;
    found.set(name.toLowerCase(), quoted ?? token ?? '');
  }
  return found;
}

export function parsePrefer(header: string | readonly string[] | undefined): Prefer {
  const preferences = preferencesOf([header ?? ''].flat().join(','));
  const wait = preferences.get('wait') ?? '';
  return {
    waitSeconds: /^\d{1,9}$/.test(wait) ? Math.min(Number(wait), maxWaitSeconds) : undefined,
    waitApplied: wait === 'applied',
    respondAsync: preferences.has('respond-async'),
  };
}

/** The value of `Preference-Applied` for what was honored; undefined: send no such header. */
export function preferenceApplied(honored: Partial<Prefer>): string | undefined {
  const applied = [
    ...(honored.respondAsync === true ? ['respond-async'] : []),
    ...(honored.waitApplied === true ? ['wait=applied'] : []),
    ...(honored.waitSeconds === undefined ? [] : [`wait=${honored.waitSeconds}`]),
  ];
  return applied.length === 0 ? undefined : applied.join(', ');
}
