import { type TSchema, Type } from '@sinclair/typebox';
import { scopes } from '../api-key/api-key.ts';
import { Instant, Nullable, StringEnum } from '../schema-helpers.ts';
import { ActorSchema } from '../settings/actor.ts';
import { changeOperations } from '../settings/history.ts';
import { CertificateContentSchema } from '../settings/certificate.ts';
import { ExchangeConnectionContentSchema } from '../settings/exchange-connection.ts';
import { StoredOutgoingServerContentSchema } from '../settings/outgoing-server.ts';
import { defineEvent } from './definition.ts';

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
  data: changeOf(Nullable(ExchangeConnectionContentSchema), 'exchange-connections/b4c7d9e2'),
});

/** Its content is null after a deletion. */
export const certificateChanged = defineEvent({
  type: 'io.postausgang.certificate-changed.v1',
  topic: 'settings',
  description: 'A certificate was imported, created, changed or deleted',
  data: changeOf(Nullable(CertificateContentSchema), 'certificates/5b1c1f0e'),
});

/** Its id follows from what it says, so it stands in the log once, however many services notice. */
export const credentialExpiring = defineEvent({
  type: 'io.postausgang.credential-expiring.v1',
  topic: 'settings',
  description: 'A certificate or client secret expires in 60, 30, 7 or 1 days or less',
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
  description: 'An API key was created; only its hash is kept',
  data: Type.Object({
    keyId: Type.String(),
    name: Type.String(),
    sha256: Type.String({ description: 'SHA-256 of the key, base64url' }),
    scopes: Type.Array(StringEnum(scopes)),
    expiresAt: Nullable(Instant()),
    actor: ActorSchema,
  }),
});

export const apiKeyRevoked = defineEvent({
  type: 'io.postausgang.api-key-revoked.v1',
  topic: 'settings',
  description: 'An API key was revoked',
  data: Type.Object({ keyId: Type.String(), actor: ActorSchema }),
});
