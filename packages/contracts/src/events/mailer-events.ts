import { Type } from '@sinclair/typebox';
import { FailureSchema } from '../mailer/failure.ts';
import { Nullable, StringEnum } from '../schema-helpers.ts';
import { defineEvent } from './definition.ts';

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
  }),
});

export const mailerStarted = defineEvent({
  type: 'io.postausgang.mailer-started.v1',
  topic: 'mailerStatus',
  description: 'A mailer has started',
  data: Type.Object({ mailerId: Type.String() }),
});

export const mailerStopped = defineEvent({
  type: 'io.postausgang.mailer-stopped.v1',
  topic: 'mailerStatus',
  description: 'A mailer has stopped in good order',
  data: Type.Object({ mailerId: Type.String() }),
});
