import { type Static, Type } from '@sinclair/typebox';
import { FindingSchema } from '../problems.ts';
import { closed, Instant, NamedObject, Nullable } from '../schemas.ts';
import { drawProperties, viewProperties, withNames, withReadOnly } from './field-schemas.ts';
import { outgoingServerFields } from './outgoing-server.ts';
import { ApplyStatusSchema, ChangeSchema } from './versions.ts';

/** The content as it is in events, old ones included: fields that came later may be absent. */
export const StoredOutgoingServerContentSchema = Type.Object(drawProperties(outgoingServerFields, 'stored'));

const { smtp: smtpView, ...viewed } = withNames('OutgoingServerView', viewProperties(outgoingServerFields));

const view = {
  id: Type.String(),
  version: Type.Integer({ minimum: 0, description: 'Also the ETag. 0: never saved' }),
  ...viewed,
  smtp: NamedObject('OutgoingServerViewSmtp', {
    ...smtpView.properties,
    effectivePort: Type.Integer({
      readOnly: true,
      description: 'The port, or the default of the encryption',
    }),
  }),
  warnings: Type.Array(FindingSchema, { description: 'Findings that do not count while sending is off' }),
  updatedAt: Nullable(Instant()),
  updatedBy: Nullable(Type.String()),
};

/** What GET answers. */
export const OutgoingServerViewSchema = NamedObject('OutgoingServerView', {
  ...view,
  applied: ApplyStatusSchema,
});
export type OutgoingServerView = Static<typeof OutgoingServerViewSchema>;

/** An earlier version, as it was. `applied` says nothing about the past and is left out. */
export const OutgoingServerVersionSchema = NamedObject('OutgoingServerVersion', {
  change: Nullable(ChangeSchema),
  settings: NamedObject('OutgoingServerContent', view),
});
export type OutgoingServerVersion = Static<typeof OutgoingServerVersionSchema>;

const { serverType: _serverType, ...drawn } = drawProperties(outgoingServerFields, 'put');
const putFields = withNames('OutgoingServer', drawn);

const SmtpServerPutSchema = withReadOnly(
  Type.Object(
    { serverType: Type.Literal('smtp'), ...putFields, smtp: Type.Optional(putFields.smtp, false) },
    { ...closed, $id: 'OutgoingServerPutSmtp', title: 'SMTP server' },
  ),
  OutgoingServerViewSchema,
);
const ExchangeServerPutSchema = withReadOnly(
  Type.Object(
    {
      serverType: Type.Literal('exchange'),
      ...putFields,
      exchange: Type.Optional(putFields.exchange, false),
    },
    { ...closed, $id: 'OutgoingServerPutExchange', title: 'Exchange server' },
  ),
  OutgoingServerViewSchema,
);
const TestMailboxPutSchema = withReadOnly(
  Type.Object(
    { serverType: Type.Literal('test-mailbox'), ...putFields },
    { ...closed, $id: 'OutgoingServerPutTestMailbox', title: 'Test mailbox' },
  ),
  OutgoingServerViewSchema,
);

/**
 * What PUT takes: a union discriminated by `serverType`. An absent field takes its default, but the half of the
 * other server type is kept when it is absent, and so is a stored password. What only GET answers is ignored.
 */
export const OutgoingServerPutSchema = Type.Unsafe<
  | Static<typeof SmtpServerPutSchema>
  | Static<typeof ExchangeServerPutSchema>
  | Static<typeof TestMailboxPutSchema>
>({
  $id: 'OutgoingServerPut',
  type: 'object',
  discriminator: { propertyName: 'serverType' },
  required: ['serverType'],
  oneOf: [SmtpServerPutSchema, ExchangeServerPutSchema, TestMailboxPutSchema],
});
export type OutgoingServerPut = Static<typeof OutgoingServerPutSchema>;

/** What PATCH takes: a JSON merge patch (RFC 7396). Absent keeps, null resets to the default. */
export const OutgoingServerPatchSchema = Type.Object(drawProperties(outgoingServerFields, 'patch'), {
  ...closed,
  $id: 'OutgoingServerPatch',
});
export type OutgoingServerPatch = Static<typeof OutgoingServerPatchSchema>;
export type SmtpPatch = NonNullable<OutgoingServerPatch['smtp']>;
