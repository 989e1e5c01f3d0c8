import type { Authenticate } from './principal.ts';

/** Asks one after the other who a token belongs to. */
export function firstKnown(...authenticators: readonly (Authenticate | undefined)[]): Authenticate {
  return async (token) => {
    for (const authenticate of authenticators) {
      const principal = await authenticate?.(token);
      if (principal !== undefined) return principal;
    }
    return undefined;
  };
}
