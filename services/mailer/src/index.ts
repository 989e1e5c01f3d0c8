export { mailerChecks, mailerVariables } from './config.ts';
export { hasFoldedMail } from './view/database.ts';
export { createOutcomeWatch } from './engine/outcome-watch.ts';
export type { OutcomeWatch } from './engine/outcome-watch.ts';
export { addMailMetrics } from './http/mail-metrics.ts';
export { createMailer, mailerTags } from './mailer.ts';
export type { SendingGate } from './apply/gate.ts';
export type { Mailer } from './mailer.ts';
