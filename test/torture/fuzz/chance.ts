/** Chance with a seed: the same seed gives the same values. */
export interface Chance {
  /** 0 to just below 1. */
  number(): number;
  /** True with this probability. */
  happens(probability: number): boolean;
  /** 0 to just below `end`. */
  below(end: number): number;
  pick<T>(values: readonly [T, ...T[]]): T;
  pick<T>(values: readonly T[]): T | undefined;
}

/** Mulberry32: 32 bits of state, enough to spread requests. */
export function createChance(seed: number): Chance {
  let state = seed >>> 0;
  const number = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (end: number): number => Math.floor(number() * end);
  return {
    number,
    below,
    happens: (probability) => number() < probability,
    pick: <T>(values: readonly T[]) => values[below(values.length)] as T,
  };
}
