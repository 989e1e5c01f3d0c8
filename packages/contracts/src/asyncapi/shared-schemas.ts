import type { TSchema } from '@sinclair/typebox';
import { AddressSchema } from '../address.ts';
import { ConnectionTestStepSchema } from '../connection-test/connection-test.ts';
import { mailSent } from '../events/mail-events.ts';
import { AttachmentSchema, ClaimedAttachmentSchema, EnvelopeSchema } from '../mail/mail-request.ts';
import { AnsweredCommandSchema } from '../mail/mail-command.ts';
import { AttemptSchema, DecisionsSchema } from '../mail/mail-status.ts';
import { RecipientResultSchema } from '../mail/recipient-result.ts';
import { FailureSchema } from '../mailer/failure.ts';
import { Instant } from '../schema-helpers.ts';
import { ActorSchema } from '../settings/actor.ts';
import { CertificateContentSchema } from '../settings/certificate.ts';
import { ExchangeConnectionContentSchema } from '../settings/exchange-connection.ts';
import { StoredOutgoingServerContentSchema } from '../settings/outgoing-server.ts';
import { StoredSecretSchema } from '../settings/sealed-secret.ts';

/** Schemas that several events use; they stand once in the document. */
const shared: Readonly<Record<string, TSchema>> = {
  Actor: ActorSchema,
  AnsweredCommand: AnsweredCommandSchema,
  Address: AddressSchema,
  Attachment: AttachmentSchema,
  Attempt: AttemptSchema,
  ClaimedAttachment: ClaimedAttachmentSchema,
  ConnectionTestStep: ConnectionTestStepSchema,
  Decisions: DecisionsSchema,
  Envelope: EnvelopeSchema,
  ExchangeConnectionContent: ExchangeConnectionContentSchema,
  CertificateContent: CertificateContentSchema,
  Failure: FailureSchema,
  Instant: Instant(),
  MailState: mailSent.data.properties.state,
  OutgoingServerContent: StoredOutgoingServerContentSchema,
  RecipientResult: RecipientResultSchema,
  StoredSecret: StoredSecretSchema,
};

/** The shared schemas by name, each with references to the others. */
export function sharedSchemas(): Readonly<Record<string, unknown>> {
  const names = sharedNames();
  return mapValues(shared, (schema) => mapValues(plain(schema), (value) => refer(value, names)));
}

/** A schema as plain JSON Schema in which every part that is shared is a reference. */
export function withReferences(schema: TSchema): unknown {
  return refer(plain(schema), sharedNames());
}

/** TypeBox keeps its own notes under symbols and makes copies, so equal text is what tells that two are the same. */
function sharedNames(): ReadonlyMap<string, string> {
  return new Map(Object.entries(shared).map(([name, schema]) => [JSON.stringify(schema), name]));
}

function plain(schema: TSchema): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(schema));
}

function refer(node: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(node)) {
    return node.map((item) => refer(item, names));
  }
  if (!isObject(node)) {
    return node;
  }
  const name = names.get(JSON.stringify(node));
  return name === undefined
    ? mapValues(node, (value) => refer(value, names))
    : { $ref: `#/components/schemas/${name}` };
}

function isObject(node: unknown): node is Readonly<Record<string, unknown>> {
  return typeof node === 'object' && node !== null;
}

function mapValues<Value>(object: Readonly<Record<string, Value>>, map: (value: Value) => unknown) {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, map(value)]));
}
