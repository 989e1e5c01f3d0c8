import type { Mail } from './mail-row.ts';

/** A repeat is written again soon after, so it is among the last. */
const maxMarks = 32;

/** Whether an event that is no attempt was folded into this mail already. */
export function isMarked({ marks }: Pick<Mail, 'marks'>, id: string): boolean {
  return marks.includes(id);
}

/** The marks with one more. */
export function withMark({ marks }: Pick<Mail, 'marks'>, id: string): readonly string[] {
  return [...marks, id].slice(-maxMarks);
}
