import type { Difference, StoredSecret } from '@postausgang/contracts';
import { isSameSecret } from './same-secret.ts';

/** JSON pointer to value of every field but the secrets; empty for a content that is not there. */
export type PlainValues = ReadonlyMap<string, unknown>;

/** The fields in which two contents differ, in a fixed order. What one of them does not have is null. */
export function plainDifferences(from: PlainValues, to: PlainValues): Difference[] {
  return [...new Set([...from.keys(), ...to.keys()])]
    .filter((pointer) => from.get(pointer) !== to.get(pointer))
    .map((pointer) => ({
      pointer,
      secret: false,
      from: from.get(pointer) ?? null,
      to: to.get(pointer) ?? null,
    }));
}

/** Of a secret nothing is told but that it is another one. */
export function secretDifference(
  pointer: string,
  from: StoredSecret | null | undefined,
  to: StoredSecret | null | undefined,
): Difference[] {
  return isSameSecret(from ?? null, to ?? null) ? [] : [{ pointer, secret: true, from: null, to: null }];
}
