export type { MailerVariables } from './config.ts';
export { mailerVariables } from './config.ts';
export type { MailQueueStats } from './dispatch/mail-queue.ts';
export { addMailMetrics } from './http/mail-metrics.ts';
export { createMailer, mailerTags } from './mailer.ts';
export type { Mailer, MailerOptions } from './mailer.ts';
