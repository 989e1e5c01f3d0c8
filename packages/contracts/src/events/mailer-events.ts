import { Type } from '@sinclair/typebox';
import { FailureSchema } from '../mailer/failure.ts';
import { Nullable, StringEnum } from '../schema-helpers.ts';
import { defineEvent } from './definition.ts';

const runId = Type.String({
  description: 'One run of a mailer, from its start to its end. Receipts count for the run they name',
});
const leaseMs = Type.Integer({
  minimum: 1,
  description: 'How long the mailer counts as live, from the time of this event, without being heard again',
});

/** The receipt of a mailer for one version of one resource; it stands in for the restart. */
export const settingsApplied = defineEvent({
  type: 'io.postausgang.settings-applied.v1',
  topic: 'mailerStatus',
  description: 'A mailer uses a version of the settings, or says why it cannot',
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
  description: 'A mailer is still there',
  data: Type.Object({ mailerId: Type.String(), runId, leaseMs }),
});

export const mailerStopped = defineEvent({
  type: 'io.postausgang.mailer-stopped.v1',
  topic: 'mailerStatus',
  description: 'A mailer has stopped in good order',
  data: Type.Object({ mailerId: Type.String(), runId: Type.Optional(runId) }),
});
