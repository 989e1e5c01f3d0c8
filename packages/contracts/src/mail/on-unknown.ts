/**
 * What to do when the connection broke after the final dot. `hold`: a person, or whoever asked for the mail, decides.
 * `resend`: send again, at the risk of a second copy. `reconcile`: look the message up at the server first; where the
 * protocol cannot do that (SMTP), it is `hold`.
 */
export const onUnknownPolicies = ['hold', 'resend', 'reconcile'] as const;
export type OnUnknown = (typeof onUnknownPolicies)[number];
