/** The points at which `kill-points.ts` can end a service, in the order a mail comes to them. */
export const killPoints = [
  'before-request-commit',
  'after-request-commit',
  'before-202',
  'after-202',
  'mid-content',
  'before-intent-commit',
  'after-intent-commit',
  'before-dot',
  'after-dot',
  'after-reply',
  'before-outcome-commit',
  'after-outcome-commit',
  'before-view-commit',
  'after-view-commit',
] as const;
export type KillPoint = (typeof killPoints)[number];
