/*
 * The sending mode of an environment: whether mail goes to its recipients, to other addresses instead, or nowhere. It is
 * the last thing that is asked before an envelope is made, so it also binds mail whose sender and copies were decided long
 * ago. A test system redirects; a copy of a log begins so.
 */
import { type Static, Type } from '@sinclair/typebox';
import { FindingSchema } from '../problems.ts';
import {
  closed,
  hint as text,
  Instant,
  Line,
  maxAddressLength,
  NamedObject,
  Nullable,
  StringEnum,
} from '../schemas.ts';
import { type ContentOf, drawProperties, viewProperties } from './field-schemas.ts';
import { choiceField, type Condition, type FieldTable, valueField } from './fields.ts';
import type { TextsOf } from './form.ts';
import { ApplyStatusSchema, ChangeSchema, RevertSchema } from './versions.ts';

export const sendingModes = ['live', 'redirect', 'hold'] as const;
export type SendingMode = (typeof sendingModes)[number];
export const SendingModeSchema = StringEnum(sendingModes, { $id: 'SendingMode' });

/** More would only make the envelope of every redirected mail longer. */
const mostTargets = 20;

const isRedirecting: Condition = [{ '/mode': ['redirect'] }];

export const sendingModeFields = {
  mode: choiceField(sendingModes, 'live', {
    group: 'mail',
    description:
      'live: mail goes to its recipients. redirect: it goes to the addresses in `to` instead. hold: it is accepted and ' +
      'held until somebody releases it. To switch to live, a request also names the environment in `environmentName`',
  }),
  to: valueField(Type.Array(Line(maxAddressLength), { maxItems: mostTargets }), [], 'domains', {
    description:
      'With redirect: the addresses that mail goes to instead of its recipients. Needs at least one',
    examples: [['test@acme.example']],
    group: 'mail',
    shown: isRedirecting,
    format: 'mail-address',
    check: true,
  }),
  keep: valueField(Type.Array(Line(maxAddressLength), { maxItems: 200 }), [], 'domains', {
    description:
      'With redirect: the addresses and domains that still get their mail themselves; with `*.` all below a domain',
    examples: [['qa.acme.example', 'tester@acme.example']],
    group: 'mail',
    shown: isRedirecting,
    format: 'address-or-domain',
  }),
} as const satisfies FieldTable;

/** Complete content of the sending mode. */
export type SendingModeContent = ContentOf<typeof sendingModeFields>;

/** What people read about the fields of the sending mode. */
export const sendingModeTexts: TextsOf<typeof sendingModeFields> = {
  '/mode': {
    label: text('Sending mode', 'Versandmodus'),
    help: text(
      'Applies to all mail, also to mail that waits already.',
      'Gilt für alle E-Mails, auch für bereits wartende.',
    ),
    choices: {
      live: text('Live: mail goes to its recipients', 'Echtbetrieb: E-Mails gehen an ihre Empfänger'),
      redirect: text(
        'Redirected: mail goes to other addresses instead',
        'Umgeleitet: E-Mails gehen stattdessen an andere Adressen',
      ),
      hold: text(
        'Held: mail waits until somebody releases it',
        'Zurückgehalten: E-Mails warten, bis jemand sie freigibt',
      ),
    },
  },
  '/to': {
    label: text('Redirect to', 'Umleiten an'),
    help: text('Separate several addresses with commas.', 'Mehrere Adressen mit Komma trennen.'),
  },
  '/keep': {
    label: text('Not redirected', 'Nicht umgeleitet'),
    help: text(
      'Addresses and domains that still get their mail themselves, separated by commas.',
      'Adressen und Domains, die ihre E-Mails weiterhin selbst bekommen, mit Komma getrennt.',
    ),
  },
};

/** The content as it is in events. */
export const StoredSendingModeContentSchema = Type.Object(drawProperties(sendingModeFields, 'stored'));

const view = {
  id: Type.String(),
  version: Type.Integer({ minimum: 0, description: 'Also the ETag. 0: never saved' }),
  ...viewProperties(sendingModeFields),
  warnings: Type.Array(FindingSchema),
  updatedAt: Nullable(Instant()),
  updatedBy: Nullable(Type.String()),
};

/** What GET answers. */
export const SendingModeViewSchema = NamedObject('SendingModeView', { ...view, applied: ApplyStatusSchema });
export type SendingModeView = Static<typeof SendingModeViewSchema>;

/** An earlier version, as it was. */
export const SendingModeVersionSchema = NamedObject('SendingModeVersion', {
  change: Nullable(ChangeSchema),
  settings: Type.Object(view),
});
export type SendingModeVersion = Static<typeof SendingModeVersionSchema>;

const confirmation = {
  environmentName: Type.Optional(
    Line(200, {
      description: 'The name of this environment. Required where the change switches to live',
      examples: ['Postausgang'],
    }),
  ),
};

/** What PUT takes: an absent field takes its default. */
export const SendingModePutSchema = Type.Object(
  { ...drawProperties(sendingModeFields, 'put'), ...confirmation },
  { ...closed, $id: 'SendingModePut' },
);
export type SendingModePut = Static<typeof SendingModePutSchema>;

/** What PATCH takes: a JSON merge patch (RFC 7396). Absent keeps, null resets to the default. */
export const SendingModePatchSchema = Type.Object(
  { ...drawProperties(sendingModeFields, 'patch'), ...confirmation },
  { ...closed, $id: 'SendingModePatch' },
);
export type SendingModePatch = Static<typeof SendingModePatchSchema>;

/** What a revert takes. */
export const RevertSendingModeSchema = Type.Object(
  { ...RevertSchema.properties, ...confirmation },
  { ...closed, $id: 'RevertSendingMode' },
);
