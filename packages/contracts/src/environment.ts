/** Where a log belongs, and what a person says it is when it is found elsewhere. */
import { type Static, Type } from '@sinclair/typebox';
import {
  ActorSchema,
  closed,
  Instant,
  Line,
  maxAddressLength,
  NamedObject,
  Nullable,
  StringEnum,
} from './schemas.ts';
import { SendingModeSchema } from './settings/sending-mode.ts';

/** What a person can say of a log that is not where it was. */
const confirmations = ['moved', 'restored', 'copy'] as const;

/**
 * Where a log lies. In a data folder: numbers of the file system, as text, since they exceed what JSON numbers hold. In Kafka:
 * the cluster and the prefix of the topics.
 */
export const LogPlaceSchema = Type.Object({
  device: Nullable(Type.String(), {
    description:
      'null: the file system has no device of its own, and another number with each mount; or the log is in Kafka',
  }),
  folder: Type.String({
    description: 'Inode of the data folder; in Kafka the ID of the cluster, empty where there is none',
  }),
  log: Type.String({ description: 'Inode of the log in it; in Kafka the prefix of the topics' }),
});
export type LogPlace = Static<typeof LogPlaceSchema>;

export const EnvironmentConfirmedSchema = Type.Object({
  environmentId: Type.String({ minLength: 1, maxLength: 100 }),
  as: StringEnum(['adopted', ...confirmations], {
    description: 'adopted: nobody was asked, since the log named no place yet',
  }),
  place: LogPlaceSchema,
  actor: ActorSchema,
  reason: Nullable(Line(500)),
  backupTakenAt: Type.Optional(Instant()),
  keptKeyId: Type.Optional(Type.String({ description: 'Of a copy: the only API key that still counts' })),
});
export type EnvironmentConfirmed = Static<typeof EnvironmentConfirmedSchema>;

/** What POST /v1/environment/confirm takes. */
export const ConfirmEnvironmentSchema = Type.Object(
  {
    as: StringEnum(confirmations, {
      description:
        'moved: this is the same log at another place, and the former place is not in use any more. restored: it comes ' +
        'from a backup, so what happened since is not in it. copy: the original is still in use',
    }),
    reason: Line(500, { minLength: 1, description: 'Shown in the history of the environment' }),
    backupTakenAt: Type.Optional(
      Instant({
        description:
          'When the backup was taken, if it is known. Where the data folder was restored by the command, its time is the default',
      }),
    ),
    redirectTo: Type.Optional(
      Type.Array(Line(maxAddressLength), {
        minItems: 1,
        maxItems: 20,
        description:
          'With copy: the addresses that mail goes to instead of its recipients, by the outgoing server of the original. ' +
          'Absent: mail goes to the test mailbox. With another confirmation it is refused',
        examples: [['test@acme.example']],
      }),
    ),
  },
  { ...closed, $id: 'ConfirmEnvironment' },
);
export type ConfirmEnvironment = Static<typeof ConfirmEnvironmentSchema>;

/** How a log is kept: in a data folder, or in Kafka. */
const logKinds = ['embedded', 'kafka'] as const;
export type LogKind = (typeof logKinds)[number];

/** Why a service sends nothing until a person has spoken. */
const heldStarts = ['other-place', 'paused'] as const;
export type HeldStart = (typeof heldStarts)[number];

export const EnvironmentSchema = NamedObject('Environment', {
  id: Type.String({ description: 'A copy has an id of its own' }),
  name: Type.String(),
  log: StringEnum(logKinds, { description: 'embedded: in the data folder of the standalone service' }),
  heldFor: Nullable(StringEnum(heldStarts), {
    description:
      'Why nothing is sent. other-place: the log is not where it was, or comes from a backup. paused: the service was ' +
      'started with SENDING=paused. null: mail is sent',
  }),
  sendingMode: SendingModeSchema,
  restoredFrom: Nullable(
    Type.Object({
      takenAt: Nullable(Instant(), {
        description: 'When the backup was taken; null where the data does not say',
      }),
    }),
    {
      description:
        'The backup that the data folder was restored from, until somebody confirms what it is; null: none',
    },
  ),
  confirmed: Type.Object({
    as: EnvironmentConfirmedSchema.properties.as,
    at: Instant(),
    by: Type.String(),
    reason: Nullable(Type.String()),
    backupTakenAt: Nullable(Instant()),
  }),
});
export type EnvironmentView = Static<typeof EnvironmentSchema>;
