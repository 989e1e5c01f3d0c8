import type { Static } from '@sinclair/typebox';
import type { CloudEvent } from '../cloud-events.ts';
import {
  mailAttemptStarted,
  mailBulkExpanded,
  mailBulkRequested,
  mailCancelled,
  mailCancelRequested,
  mailCommandDeclined,
  mailDeferred,
  mailFailed,
  mailHeld,
  mailHoldRequested,
  mailLookupEnded,
  mailOutcomeUnknown,
  mailQueueResumeRequested,
  mailRefused,
  mailReleased,
  mailReleaseRequested,
  mailRequested,
  mailRequeued,
  mailResendRequested,
  mailResolved,
  mailResolveRequested,
  mailSent,
} from './mail-events.ts';
import {
  apiKeyCreated,
  apiKeyRevoked,
  apiKeyUsed,
  certificateChanged,
  connectionTestProgressed,
  connectionTestRequested,
  connectionTestResult,
  credentialExpiring,
  environmentConfirmed,
  exchangeConnectionChanged,
  installationCreated,
  logKeyRetired,
  mailerAlive,
  mailerStarted,
  mailerStopped,
  senderChanged,
  senderChecked,
  senderCheckRequested,
  sendingModeChanged,
  sessionEnded,
  settingsApplied,
  settingsChanged,
  settingsConfirmed,
} from './service-events.ts';

/** Every event of the product. */
export const events = {
  settingsChanged,
  settingsConfirmed,
  exchangeConnectionChanged,
  certificateChanged,
  senderChanged,
  sendingModeChanged,
  credentialExpiring,
  apiKeyCreated,
  apiKeyRevoked,
  installationCreated,
  logKeyRetired,
  environmentConfirmed,
  sessionEnded,
  connectionTestRequested,
  connectionTestProgressed,
  connectionTestResult,
  senderCheckRequested,
  senderChecked,
  settingsApplied,
  mailerStarted,
  mailerAlive,
  mailerStopped,
  apiKeyUsed,
  mailRequested,
  mailHoldRequested,
  mailReleaseRequested,
  mailCancelRequested,
  mailResendRequested,
  mailResolveRequested,
  mailQueueResumeRequested,
  mailBulkRequested,
  mailBulkExpanded,
  mailAttemptStarted,
  mailSent,
  mailDeferred,
  mailFailed,
  mailOutcomeUnknown,
  mailHeld,
  mailReleased,
  mailCancelled,
  mailRequeued,
  mailResolved,
  mailLookupEnded,
  mailCommandDeclined,
  mailRefused,
} as const;

type Definitions = typeof events;

/** The short names of the events, as the code uses them. */
export type EventName = keyof Definitions;

/** The data of an event, by its short name. */
export type EventData<Name extends EventName> = Static<Definitions[Name]['data']>;

/** An event by its short name. */
export type EventOf<Name extends EventName> = {
  [N in Name]: CloudEvent<Definitions[N]['type'], EventData<N>>;
}[Name];

/** Any event of the product: a union on `type`. */
export type PostausgangEvent = EventOf<EventName>;
