export { answeredCommand, commandPolicies, decideCommand, mayCommand, stateAfter } from './commands.ts';
export type { CommandFact, CommandPolicy } from './commands.ts';
export {
  chooseSender,
  isDefaultSender,
  mailboxOf,
  namesSender,
  senderDecisionOf,
  type SenderChoice,
} from './choose-sender.ts';
export { decideEnvelope, planEnvelope, withCorrections } from './envelope.ts';
export { answersAmong, evolve } from './evolve.ts';
export {
  attemptIdentity,
  bulkIdOf,
  bulkPartId,
  isBulkAnswer,
  isBulkRequest,
  isOfBulk,
  isMailCommand,
  isMailEvent,
  isResumeRequest,
  mailIdOf,
} from './mail-event.ts';
export type { EventPlace, MailCommand, MailCommandName, MailEvent } from './mail-event.ts';
export {
  endsAtMs,
  hasNoTime,
  homeOf,
  instantMs,
  isFinished,
  isWaiting,
  judgeRequest,
  lookUpAtMs,
  newMail,
  toInstant,
} from './mail.ts';
export type { Mail, MailRow, RequestPosition, SendingMail, WaitingMail } from './mail.ts';
export { afterAttempt, decisionFields, interrupted, serverConcern } from './outcome.ts';
export type { AttemptInFlight, MailOutcome, PolicyContext } from './outcome.ts';
export {
  addressKey,
  mergeRecipients,
  openRecipients,
  requestedRecipients,
  senderOf,
  withCopies,
} from './recipients.ts';
export { flowOf, orderOf, priorityOf, requesterKey, requesterOf } from './requester.ts';
export type { Flow } from './requester.ts';
export { deliveryOf, heldByMode, intentFor, liveMode, resultFor, returnPathOf } from './sending-mode.ts';
export type { Delivery } from './sending-mode.ts';
export { countedOf, countedOfRow, durationAt } from './statistics.ts';
export type { MailCounted, RowChange } from './statistics.ts';
export { mailStatus, mailSummary } from './status.ts';
export type { MailMoment } from './status.ts';
export type {
  DsnRequest,
  FiledLookup,
  FiledSender,
  FinishedSend,
  Intent,
  Lookup,
  LookupResult,
  Message,
  SendEnvelope,
  SendRecipient,
  SendRequest,
  SendResult,
  TestConnection,
  TestRequest,
  Transport,
} from './transport.ts';
export { defer, expire, giveUp, rescheduleMisdated, rescueUnfinished } from './without-attempt.ts';
