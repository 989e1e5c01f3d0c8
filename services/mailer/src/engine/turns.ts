/**
 * Whose turn it is among those that wait: start-time fair queueing (Goyal, Vin and Cheng, 1996). Pure.
 *
 * - Everybody who waits gets turns in proportion to the weights, whatever the number of mails behind each.
 * - Who has waited for nothing gets the next turn when mail comes, and no more than that: no credit is saved up.
 * - Between two turns of one that waits, another gets as many turns as its weight is larger, and one more, at most.
 */

export interface Turns {
  /** The time of the last turn, in turns. */
  readonly now: number;
  /** When somebody may come again; who is not in it, at once. */
  readonly next: ReadonlyMap<string, number>;
}

export const noTurns: Turns = { now: 0, next: new Map() };

function startOf({ now, next }: Turns, name: string): number {
  return Math.max(now, next.get(name) ?? now);
}

/** Who of those that wait comes next, by time and then by name; undefined where nobody waits. */
export function whoseTurn(turns: Turns, waiting: Iterable<string>): string | undefined {
  let first: string | undefined;
  let firstStart = Number.POSITIVE_INFINITY;
  for (const name of waiting) {
    const start = startOf(turns, name);
    if (first === undefined || start < firstStart || (start === firstStart && name < first)) {
      first = name;
      firstStart = start;
    }
  }
  return first;
}

/** After somebody has had a turn. Who may come again at once need not be remembered. */
export function afterTurn(turns: Turns, name: string, weight = 1): Turns {
  const now = startOf(turns, name);
  const later = [...turns.next].filter(([other, start]) => other !== name && start > now);
  return { now, next: new Map([...later, [name, now + 1 / weight]]) };
}
