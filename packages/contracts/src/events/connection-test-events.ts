import { Type } from '@sinclair/typebox';
import { ConnectionTestStepSchema } from '../connection-test/connection-test.ts';
import { Instant, Nullable, StringEnum } from '../schema-helpers.ts';
import { ActorSchema } from '../settings/actor.ts';
import { ExchangeConnectionContentSchema } from '../settings/exchange-connection.ts';
import { StoredOutgoingServerContentSchema } from '../settings/outgoing-server.ts';
import { defineEvent } from './definition.ts';

/** The connection that is tested, as it is to be tested: a draft of it stands nowhere else. */
const TestedConnectionSchema = Type.Object({
  resource: Type.String({ examples: ['exchange-connections/b4c7d9e2'] }),
  content: ExchangeConnectionContentSchema,
});

export const connectionTestRequested = defineEvent({
  type: 'io.postausgang.connection-test-requested.v1',
  topic: 'connectionTests',
  description: 'Somebody wants the connection tested; secrets of a draft are sealed',
  data: Type.Object({
    testId: Type.String(),
    resource: Type.String(),
    settingsVersion: Type.Integer({ minimum: 0 }),
    draft: Type.Boolean(),
    content: StoredOutgoingServerContentSchema,
    probeTo: Nullable(Type.String()),
    probeFrom: Type.Optional(
      Type.String({ description: 'Sender of the probe; the usual one where it is absent' }),
    ),
    exchangeConnection: Type.Optional(TestedConnectionSchema),
    actor: ActorSchema,
  }),
});

/** For those who watch. The result has every step, so a reader that does not know this event misses nothing. */
export const connectionTestProgressed = defineEvent({
  type: 'io.postausgang.connection-test-progressed.v1',
  topic: 'connectionTests',
  description: 'A step of a connection test has finished, others follow',
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
