import { type TSchema, Type } from '@sinclair/typebox';
import { KeyQuotasSchema, scopes } from '../api-key.ts';
import { ConnectionTestStepSchema } from '../connection-test.ts';
import { EnvironmentConfirmedSchema } from '../environment.ts';
import { FailureSchema } from '../failures.ts';
import { priorities } from '../mail/mail-request.ts';
import { ActorSchema, Instant, Nullable, StringEnum } from '../schemas.ts';
import { CheckedSenderSchema, SenderCheckRequestedSchema } from '../sender-check.ts';
import { StoredCertificateContentSchema } from '../settings/certificate.ts';
import { StoredExchangeConnectionContentSchema } from '../settings/exchange-connection.ts';
import { StoredSenderContentSchema } from '../settings/sender.ts';
import { StoredSendingModeContentSchema } from '../settings/sending-mode.ts';
import { changeOperations } from '../settings/versions.ts';
import { StoredOutgoingServerContentSchema } from '../settings/outgoing-server-schemas.ts';
import { defineEvent } from '../topics.ts';

/** The connection that is tested, as it is to be tested: a draft of it stands nowhere else. */
const TestedConnectionSchema = Type.Object({
  resource: Type.String({ examples: ['exchange-connections/b4c7d9e2'] }),
  content: StoredExchangeConnectionContentSchema,
});

export const connectionTestRequested = defineEvent({
  type: 'io.postausgang.connection-test-requested.v1',
  topic: 'connectionTests',
  description: 'A connection test was requested; secrets of a draft are sealed',
  data: Type.Object({
    testId: Type.String(),
    resource: Type.String(),
    settingsVersion: Type.Integer({ minimum: 0 }),
    draft: Type.Boolean(),
    content: StoredOutgoingServerContentSchema,
    probeTo: Nullable(Type.String()),
    probeFrom: Type.Optional(
      Type.String({ description: 'Sender of the test mail; absent: the default sender' }),
    ),
    outsideAddress: Type.Optional(
      Type.String({ description: 'Recipient that the server is asked for; absent: one of example.com' }),
    ),
    exchangeConnection: Type.Optional(TestedConnectionSchema),
    actor: ActorSchema,
  }),
});

/** For those who watch. The result has every step, so a reader that does not know this event misses nothing. */
export const connectionTestProgressed = defineEvent({
  type: 'io.postausgang.connection-test-progressed.v1',
  topic: 'connectionTests',
  description: 'A step of a connection test has finished; more steps follow',
  data: Type.Object({
    testId: Type.String(),
    resource: Type.String(),
    mailerId: Type.String(),
    step: ConnectionTestStepSchema,
  }),
});

export const connectionTestResult = defineEvent({
  type: 'io.postausgang.connection-test-result.v1',
  topic: 'connectionTests',
  description: 'A connection test has finished',
  data: Type.Object({
    testId: Type.String(),
    resource: Type.String(),
    mailerId: Type.String(),
    state: StringEnum(['ok', 'failed']),
    startedAt: Instant(),
    finishedAt: Instant(),
    steps: Type.Array(ConnectionTestStepSchema),
  }),
});

export const senderCheckRequested = defineEvent({
  type: 'io.postausgang.sender-check-requested.v1',
  topic: 'connectionTests',
  description: 'A check of senders was requested',
  data: SenderCheckRequestedSchema,
});

/** By a check, or by a mail whose sender the server has refused. The last one counts. */
export const senderChecked = defineEvent({
  type: 'io.postausgang.sender-checked.v1',
  topic: 'connectionTests',
  description: 'It was found out whether the mail server accepts a sender',
  data: CheckedSenderSchema,
});

const runId = Type.String({
  description: 'One run of a mailer, from its start to its end. A receipt belongs to the run that it names',
});
const leaseMs = Type.Integer({
  minimum: 1,
  description: 'How long the mailer counts as live after the time of this event, without another event of it',
});

/** The receipt of a mailer for one version of one resource; it stands in for the restart. */
export const settingsApplied = defineEvent({
  type: 'io.postausgang.settings-applied.v1',
  topic: 'mailerStatus',
  description: 'A mailer uses a version of the settings, or reports why it cannot',
  data: Type.Object({
    mailerId: Type.String(),
    resource: Type.String(),
    version: Type.Integer({ minimum: 0 }),
    state: StringEnum(['applied', 'failed']),
    servingVersion: Nullable(Type.Integer({ minimum: 0 })),
    failure: Nullable(FailureSchema),
    runId: Type.Optional(runId),
  }),
});

/** Without `leaseMs` the mailer counts as live until it says that it has stopped. */
export const mailerStarted = defineEvent({
  type: 'io.postausgang.mailer-started.v1',
  topic: 'mailerStatus',
  description: 'A mailer has started',
  data: Type.Object({
    mailerId: Type.String(),
    runId: Type.Optional(runId),
    leaseMs: Type.Optional(leaseMs),
  }),
});

/** Its key is that of `mailer-started`, so compaction keeps the newest sign of life and drops the start. */
export const mailerAlive = defineEvent({
  type: 'io.postausgang.mailer-alive.v1',
  topic: 'mailerStatus',
  description: 'A mailer is still running',
  data: Type.Object({ mailerId: Type.String(), runId, leaseMs }),
});

export const mailerStopped = defineEvent({
  type: 'io.postausgang.mailer-stopped.v1',
  topic: 'mailerStatus',
  description: 'A mailer has stopped in an orderly way',
  data: Type.Object({ mailerId: Type.String(), runId: Type.Optional(runId) }),
});

/**
 * One change of one resource, whole: the complete content after the change. Readers ignore an event whose id they
 * have seen, and reject one whose `expectedVersion` is not the resource's current version.
 */
function changeOf<Content extends TSchema>(content: Content, example: string) {
  return Type.Object({
    resource: Type.String({ examples: [example] }),
    expectedVersion: Type.Integer({ minimum: 0 }),
    operation: StringEnum(changeOperations),
    revertedTo: Nullable(Type.Integer({ minimum: 0 })),
    content,
    actor: ActorSchema,
    reason: Nullable(Type.String()),
  });
}

export const settingsChanged = defineEvent({
  type: 'io.postausgang.settings-changed.v1',
  topic: 'settings',
  description: 'The settings of an outgoing server have changed',
  data: changeOf(StoredOutgoingServerContentSchema, 'outgoing-servers/default'),
});

/** Its content is null after a deletion. */
export const exchangeConnectionChanged = defineEvent({
  type: 'io.postausgang.exchange-connection-changed.v1',
  topic: 'settings',
  description: 'An Exchange connection was created, changed or deleted',
  data: changeOf(Nullable(StoredExchangeConnectionContentSchema), 'exchange-connections/b4c7d9e2'),
});

/** Its content is null after a deletion. */
export const certificateChanged = defineEvent({
  type: 'io.postausgang.certificate-changed.v1',
  topic: 'settings',
  description: 'A certificate was imported, created, changed or deleted',
  data: changeOf(Nullable(StoredCertificateContentSchema), 'certificates/5b1c1f0e'),
});

/** Its content is null after a deletion. */
export const senderChanged = defineEvent({
  type: 'io.postausgang.sender-changed.v1',
  topic: 'settings',
  description: 'A sender was created, changed or deleted',
  data: changeOf(Nullable(StoredSenderContentSchema), 'senders/c81e728d'),
});

/** Mailers of earlier versions do not know it: they go on sending as before. */
export const sendingModeChanged = defineEvent({
  type: 'io.postausgang.sending-mode-changed.v1',
  topic: 'settings',
  description: 'The sending mode has changed: mail is sent, redirected or held',
  data: changeOf(StoredSendingModeContentSchema, 'environment/sending-mode'),
});

/** Its id follows from what it says, so it stands in the log once, however many services notice. */
export const credentialExpiring = defineEvent({
  type: 'io.postausgang.credential-expiring.v1',
  topic: 'settings',
  description: 'A certificate or client secret expires within 60, 30, 7 or 1 days',
  data: Type.Object({
    resource: Type.String({ examples: ['certificates/5b1c1f0e'] }),
    credential: StringEnum(['certificate', 'client-secret']),
    name: Type.String(),
    expiresAt: Instant(),
    days: Type.Integer({ description: '60, 30, 7 or 1: the threshold that was crossed' }),
    usedBy: Type.Array(Type.String()),
  }),
});

export const apiKeyCreated = defineEvent({
  type: 'io.postausgang.api-key-created.v1',
  topic: 'settings',
  description: 'An API key was created; only its hash is stored',
  data: Type.Object({
    keyId: Type.String(),
    name: Type.String(),
    sha256: Type.String({ description: 'SHA-256 of the key, base64url' }),
    scopes: Type.Array(StringEnum(scopes)),
    expiresAt: Nullable(Instant()),
    actor: ActorSchema,
    mailScopes: Type.Optional(
      StringEnum(['own'], {
        description:
          'own: without `:all`, the scopes for mail are about the mail of the key. Absent: a key of an earlier version, ' +
          'whose scopes are about all mail',
      }),
    ),
    bootstrap: Type.Optional(
      Type.Boolean({
        description: 'The admin key of the first start, which steps back; see docs/security.md',
      }),
    ),
    quotas: Type.Optional(Nullable(KeyQuotasSchema)),
    recipientDomains: Type.Optional(Nullable(Type.Array(Type.String()))),
    senders: Type.Optional(Nullable(Type.Array(Type.String()))),
    senderDomains: Type.Optional(Nullable(Type.Array(Type.String()))),
    priority: Type.Optional(Nullable(StringEnum(priorities))),
  }),
});

export const apiKeyRevoked = defineEvent({
  type: 'io.postausgang.api-key-revoked.v1',
  topic: 'settings',
  description: 'An API key was revoked',
  data: Type.Object({ keyId: Type.String(), actor: ActorSchema }),
});

/** The version stays. Whoever saves what is saved already says that the server is as it should be: mailers try it again. */
export const settingsConfirmed = defineEvent({
  type: 'io.postausgang.settings-confirmed.v1',
  topic: 'settings',
  description: 'The settings of a server or an Exchange connection were saved again without a change',
  data: Type.Object({
    resource: Type.String({ examples: ['outgoing-servers/default'] }),
    version: Type.Integer({ minimum: 0 }),
    actor: ActorSchema,
  }),
});

/**
 * Its time is when the key was used. In a topic that the mailers may write to as well, since they look keys up too, and of
 * which the newest record of a key is kept.
 */
export const apiKeyUsed = defineEvent({
  type: 'io.postausgang.api-key-used.v1',
  topic: 'mailerStatus',
  description: 'An API key was used; each process says so at most once in 24 hours for each key',
  data: Type.Object({ keyId: Type.String() }),
});

const endsOfTopics = Type.Record(Type.String(), Type.Array(Type.Integer({ minimum: 0 })), {
  description: 'For each topic the next offset of each of its partitions',
});

/**
 * The genesis record of a log: which installation it belongs to. The first one counts. Over Kafka it is signed, and says
 * up to where records without a signature are believed: those that an earlier version of the services has written.
 */
export const installationCreated = defineEvent({
  type: 'io.postausgang.installation-created.v1',
  topic: 'settings',
  description: 'The log was assigned to an installation',
  data: Type.Object({
    installationId: Type.String({ minLength: 1, maxLength: 100 }),
    name: Type.String({ minLength: 1, maxLength: 200 }),
    unsignedBefore: Type.Optional(endsOfTopics),
  }),
});

/** What is signed with the key counts up to here, and no longer behind it. The first one for a key counts. */
export const logKeyRetired = defineEvent({
  type: 'io.postausgang.log-key-retired.v1',
  topic: 'settings',
  description: 'A key that signs the log was retired; only older records are still accepted with it',
  data: Type.Object({ keyId: Type.String({ minLength: 1, maxLength: 100 }), signedBefore: endsOfTopics }),
});

/** Where the log belongs. A log that lies elsewhere sends nothing until a person has said what it is. */
export const environmentConfirmed = defineEvent({
  type: 'io.postausgang.environment-confirmed.v1',
  topic: 'settings',
  description: 'It was said where the log belongs: it was adopted, moved, restored or copied',
  data: EnvironmentConfirmedSchema,
});

/** The credential of a session is in its cookie and nowhere else; the id says nothing about it. */
export const sessionEnded = defineEvent({
  type: 'io.postausgang.session-ended.v1',
  topic: 'settings',
  description: 'Somebody signed out: the cookie of the session no longer counts anywhere',
  data: Type.Object({
    sessionId: Type.String(),
    endsAt: Instant({ description: 'When the session would have ended anyway' }),
  }),
});
