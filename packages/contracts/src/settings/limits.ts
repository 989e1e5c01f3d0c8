import { type Static, Type } from '@sinclair/typebox';
import { closed, Nullable, StringEnum } from '../schema-helpers.ts';

export const limitPresets = ['none', 'exchange-online'] as const;
export type LimitPreset = (typeof limitPresets)[number];

const limit = (description: string) => Nullable(Type.Integer(), { description });

/** How much may be sent through a server, by all mailers together. */
const limitFields = {
  preset: StringEnum(limitPresets, {
    description: 'exchange-online: 3 connections, 30 mails a minute, 10,000 recipients a day, as announced',
  }),
  maxConnections: limit('At one time, 1 to 100. null: as the preset says'),
  mailsPerMinute: limit('In any 60 seconds. null: as the preset says'),
  recipientsPerDay: limit('In any 24 hours, at least 100. null: as the preset says'),
};

export const LimitsSchema = Type.Object(limitFields);
export type Limits = Static<typeof LimitsSchema>;

/** Limits in a PUT: an absent field takes its default. */
export const LimitsPutSchema = Type.Partial(Type.Object(limitFields), closed);

/** Limits as a merge patch: absent keeps, null resets. */
export const LimitsPatchSchema = Type.Object(
  {
    preset: Type.Optional(Nullable(limitFields.preset)),
    maxConnections: Type.Optional(limitFields.maxConnections),
    mailsPerMinute: Type.Optional(limitFields.mailsPerMinute),
    recipientsPerDay: Type.Optional(limitFields.recipientsPerDay),
  },
  closed,
);
