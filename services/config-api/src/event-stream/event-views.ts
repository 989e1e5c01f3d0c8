import type { EventData, EventName, PostausgangEvent, Scope, TopicName } from '@postausgang/contracts';
import { events } from '@postausgang/contracts';

/** An event as a stream shows it. */
export interface StreamEvent {
  /** The short name: `settings-changed` of `io.postausgang.settings-changed.v1`. */
  readonly name: string;
  readonly time: string;
  readonly data: unknown;
}

type View<Name extends EventName> = (data: EventData<Name>) => unknown;
type Views = { readonly [Name in EventName]?: View<Name> };

/** Who may see the events of a topic. Requests hold whole mails, so they are read with `GET /v1/mails`. */
export const topicScopes = {
  settings: 'settings:read',
  connectionTests: 'connection:test',
  mailerStatus: 'settings:read',
  mailEvents: 'mail:read',
} as const satisfies Partial<Record<TopicName, Scope>>;
export type StreamTopic = keyof typeof topicScopes;

interface ResourceChange {
  readonly resource: string;
  readonly operation: string;
  readonly actor: { readonly name: string };
}

const whole = (data: unknown): unknown => data;
const changed = ({ resource, operation, actor }: ResourceChange): unknown => ({
  resource,
  operation,
  changedBy: actor.name,
});

/**
 * What is shown of each event. It is an allow-list: an event that is not here is not sent, and of those that hold secrets,
 * sealed as they are, only what one needs to know that something has changed.
 */
const views: Views = {
  settingsChanged: changed,
  exchangeConnectionChanged: changed,
  certificateChanged: changed,
  credentialExpiring: whole,
  connectionTestRequested: ({ testId, resource, draft, actor }) => ({
    testId,
    resource,
    draft,
    requestedBy: actor.name,
  }),
  connectionTestProgressed: whole,
  connectionTestResult: whole,
  settingsApplied: whole,
  mailerStarted: ({ mailerId }) => ({ mailerId }),
  mailerStopped: ({ mailerId }) => ({ mailerId }),
  mailAttemptStarted: whole,
  mailSent: whole,
  mailDeferred: whole,
  mailFailed: whole,
  mailOutcomeUnknown: whole,
  mailHeld: whole,
  mailReleased: whole,
  mailCancelled: whole,
  mailRequeued: whole,
  mailResolved: whole,
  mailLookupEnded: whole,
  mailCommandDeclined: whole,
  mailRefused: whole,
};

const viewByType = new Map(
  Object.entries(views).map(([name, view]) => [
    events[name as EventName].type as string,
    view as (data: unknown) => unknown,
  ]),
);

/** Undefined when the event is not shown. */
export function streamEventOf({ type, time, data }: PostausgangEvent): StreamEvent | undefined {
  const view = viewByType.get(type);
  if (view === undefined) return undefined;
  return { name: type.replace(/^io\.postausgang\.|\.v\d+$/g, ''), time, data: view(data) };
}
