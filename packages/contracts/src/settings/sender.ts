/*
 * A sender: an address that mail is sent from, whom it is for, and what goes along with it. An ERP names senders by its own
 * keys (employee, department, branch, purpose); `resolveSender` of `@postausgang/settings` finds the one that counts.
 */
import { type Static, Type } from '@sinclair/typebox';
import { priorities } from '../mail/mail-request.ts';
import { senderRules, TriedSenderSchema } from '../mail/mail-status.ts';
import { FindingSchema } from '../problems.ts';
import {
  AddressSchema,
  closed,
  Instant,
  Line,
  maxAddressLength,
  NamedObject,
  Nullable,
  StringEnum,
} from '../schemas.ts';
import { SenderCheckStateSchema } from '../sender-check.ts';
import { type ContentOf, drawProperties, viewProperties, withReadOnly } from './field-schemas.ts';
import {
  booleanField,
  certificateField,
  choiceField,
  type Condition,
  type FieldTable,
  textField,
  valueField,
} from './fields.ts';
import { ChangeSchema } from './versions.ts';

/** What a sender can be for, in the words of the ERP. */
export const senderKinds = ['employee', 'department', 'branch', 'purpose'] as const;
export type SenderKind = (typeof senderKinds)[number];

const senderCopyModes = ['inherit', 'off', 'bcc', 'auto'] as const;

const always: Condition = [{}];
const isForSomebody: Condition = [{ '/for/kind': senderKinds }];
const mayNameBranch: Condition = [{ '/for/kind': ['employee', 'department'] }];

const name = valueField(Line(200), '', 'text', {
  description: 'Display name, as recipients see it',
  examples: ['ACME Accounting'],
  group: 'mail',
  mandatory: true,
});
const nameInRequests = { ...name.schema, minLength: 1 };

const addressList = (maxItems: number) => Type.Array(AddressSchema, { maxItems });

export const senderFields = {
  name: { ...name, input: nameInRequests, patch: nameInRequests },
  address: valueField(Line(maxAddressLength), '', 'email', {
    description: 'The address that mail is sent from',
    examples: ['invoices@acme.example'],
    group: 'mail',
    mandatory: true,
    required: 'sender-address-required',
    format: 'mail-address',
  }),
  active: booleanField(true, {
    description:
      'Whether mail may be sent as this sender. An inactive one is kept, and nothing resolves to it',
    group: 'mail',
  }),
  for: {
    group: 'mail',
    fields: {
      kind: valueField(Nullable(StringEnum(senderKinds)), null, 'select', {
        description: 'What the sender is for. null: it is named by its ID or its address only',
      }),
      key: textField(200, {
        description: 'The key of the employee, department, branch or purpose in the ERP',
        examples: ['accounting'],
        shown: isForSomebody,
        required: 'sender-key-required',
        check: true,
      }),
      branch: textField(200, {
        description: 'For an employee or a department: only at this branch. null: at every branch',
        examples: ['berlin'],
        shown: mayNameBranch,
      }),
    },
  },
  replyTo: valueField(addressList(20), [], 'addresses', {
    description: 'Where replies go, unless the mail says so itself',
    group: 'mail',
    format: 'mail-address',
  }),
  copyToSender: choiceField(senderCopyModes, 'inherit', {
    description: 'As for the outgoing server. inherit: as it is set there',
    control: 'select',
    group: 'mail',
  }),
  alwaysCopyTo: valueField(addressList(20), [], 'addresses', {
    description: 'Every mail of this sender also goes to these addresses, as a blind copy',
    group: 'mail',
    format: 'mail-address',
  }),
  priority: valueField(Nullable(StringEnum(priorities)), null, 'select', {
    description: 'The priority of its mail, unless the mail says so itself. null: as set for the API key',
    group: 'mail',
    later: true,
  }),
  smimeCertificateId: certificateField(
    'own',
    { sign: always },
    {
      description: 'Own certificate that signs instead of the one of the outgoing server',
      group: 'certificates',
      check: true,
    },
  ),
  mailbox: textField(maxAddressLength, {
    description:
      'The mailbox that Exchange sends through, for Graph and EWS. null: that of the sender address',
    control: 'email',
    group: 'more',
    format: 'mail-address',
  }),
  source: textField(100, {
    description: 'The list that keeps this sender up to date. null: it is kept by hand',
    examples: ['erp'],
    group: 'more',
  }),
} as const satisfies FieldTable;

/** Complete content of a sender. */
export type SenderContent = ContentOf<typeof senderFields>;

/** Whom a sender is for. */
export type SenderFor = SenderContent['for'];

/** The content as it is in events. */
export const StoredSenderContentSchema = Type.Object(drawProperties(senderFields, 'stored'));

const view = {
  id: Type.String(),
  version: Type.Integer({ minimum: 1, description: 'Also the ETag' }),
  ...viewProperties(senderFields),
  warnings: Type.Array(FindingSchema, {
    description: 'What prevents its use at present, and what is allowed but unusual',
  }),
  usedBy: Type.Array(Type.String(), { description: 'The resources that name it' }),
  check: SenderCheckStateSchema,
  updatedAt: Instant(),
  updatedBy: Type.String(),
};

/** What GET answers. */
export const SenderViewSchema = NamedObject('SenderView', view);
export type SenderView = Static<typeof SenderViewSchema>;

export const SenderListSchema = NamedObject('SenderList', {
  items: Type.Array(SenderViewSchema, { description: 'By name' }),
  total: Type.Integer({ minimum: 0, description: 'How many senders the filter matches' }),
  nextCursor: Nullable(Type.String()),
});
export type SenderList = Static<typeof SenderListSchema>;

/** An earlier version, as it was; null: it did not exist, or was deleted. */
export const SenderVersionSchema = NamedObject('SenderVersion', {
  change: Nullable(ChangeSchema),
  sender: Nullable(SenderViewSchema),
});
export type SenderVersion = Static<typeof SenderVersionSchema>;

/** What POST takes: an absent field takes its default. */
export const SenderCreateSchema = Type.Object(drawProperties(senderFields, 'put'), {
  ...closed,
  $id: 'SenderCreate',
});

/** What PUT takes: an absent field takes its default, and what only GET answers is ignored. */
export const SenderPutSchema = { ...withReadOnly(SenderCreateSchema, SenderViewSchema), $id: 'SenderPut' };
export type SenderPut = Static<typeof SenderPutSchema>;

/** What PATCH takes: a JSON merge patch (RFC 7396). Absent keeps, null resets to the default. */
export const SenderPatchSchema = Type.Object(drawProperties(senderFields, 'patch'), {
  ...closed,
  $id: 'SenderPatch',
});
export type SenderPatch = Static<typeof SenderPatchSchema>;

/** The most senders that a list can have. */
export const maxListedSenders = 10_000;

const { source: _source, ...listedProperties } = SenderCreateSchema.properties;

/** A sender as a list names it. What an entry does not name is kept; a new sender takes its defaults. */
const SenderListEntrySchema = Type.Object(listedProperties, closed);
export type SenderListEntry = Static<typeof SenderListEntrySchema>;

/** The whole list of an ERP: who is not in it is deactivated. */
export const SenderListPutSchema = Type.Object(
  {
    senders: Type.Array(SenderListEntrySchema, {
      maxItems: maxListedSenders,
      description:
        'All senders of the list. Each is recognized by `for`, or by `address` where it is for nobody in particular',
    }),
  },
  { ...closed, $id: 'SenderListPut' },
);

const ListedSenderSchema = NamedObject('ListedSender', {
  id: Type.String(),
  name: Type.String(),
  address: Type.String(),
});
export type ListedSender = Static<typeof ListedSenderSchema>;

/** What a list has changed. */
export const SenderListChangesSchema = NamedObject('SenderListChanges', {
  source: Type.String({ description: 'The name of the list' }),
  created: Type.Array(ListedSenderSchema),
  changed: Type.Array(ListedSenderSchema),
  deactivated: Type.Array(ListedSenderSchema, { description: 'Those that are not in the list any more' }),
  unchanged: Type.Integer({ minimum: 0, description: 'How many senders of the list were so already' }),
});
export type SenderListChanges = Static<typeof SenderListChangesSchema>;

/** Which sender a mail would have, and why. */
export const SenderResolutionSchema = NamedObject('SenderResolution', {
  rule: StringEnum(senderRules, { description: 'What has led to the sender' }),
  from: Nullable(AddressSchema, {
    description: 'Who the mail would come from. null: there is no default sender',
  }),
  sender: Nullable(SenderViewSchema, { description: 'null: `from`, or the default sender' }),
  tried: Type.Array(TriedSenderSchema, { description: 'What was looked for, in its order' }),
  refused: Type.Boolean({ description: 'Whether a mail with `strict` would be refused' }),
});
export type SenderResolutionView = Static<typeof SenderResolutionSchema>;
