import { Type } from '@sinclair/typebox';
import {
  ApiKeyListSchema,
  ApiKeySchema,
  CreateApiKeySchema,
  CreatedApiKeySchema,
} from '@postausgang/contracts';
import type { HttpServer } from '@postausgang/http';
import { apiKeyList } from '@postausgang/settings';
import { appendProblems, found } from './changes.ts';
import { createApiKeyExample } from './examples.ts';
import type { RouteContext } from './route-context.ts';
import { locationHeader, withExamples, withHeaders } from './schemas.ts';

const tags = ['API keys'];
const scopes = ['admin'] as const;
const ParamsSchema = Type.Object({ keyId: Type.String() });

const createSchema = {
  operationId: 'createApiKey',
  summary: 'Create an API key',
  description:
    'The answer shows the key this once. Only its SHA-256 is kept. There is no `Idempotency-Key` here.',
  tags,
  body: withExamples(CreateApiKeySchema, createApiKeyExample),
  response: { 201: withHeaders(CreatedApiKeySchema, locationHeader) },
};

const listSchema = {
  operationId: 'listApiKeys',
  summary: 'The API keys, the revoked ones included',
  tags,
  response: { 200: ApiKeyListSchema },
};

const getSchema = {
  operationId: 'getApiKey',
  summary: 'An API key',
  tags,
  params: ParamsSchema,
  response: { 200: ApiKeySchema },
};

const revokeSchema = {
  operationId: 'revokeApiKey',
  summary: 'Revoke an API key',
  description: 'At once and for good. The last key that may administer stays.',
  tags,
  params: ParamsSchema,
  response: { 204: Type.Null({ description: 'The key is revoked' }) },
};

/** Managing the keys. */
export function addApiKeyRoutes(app: HttpServer, { store, apiKeys }: RouteContext): void {
  const createConfig = { scopes, problems: ['api-key-invalid', ...appendProblems] } as const;
  const createOptions = { schema: createSchema, config: createConfig, bodyLimit: 16 * 1024 };
  app.post('/api-keys', createOptions, async ({ body, principal }, reply) => {
    const created = await apiKeys.create(body, principal);
    return reply.code(201).header('location', `/v1/api-keys/${created.id}`).send(created);
  });

  app.get('/api-keys', { schema: listSchema, config: { scopes } }, async () =>
    apiKeyList(store.state.apiKeys),
  );

  const getConfig = { scopes, problems: ['not-found'] } as const;
  app.get('/api-keys/:keyId', { schema: getSchema, config: getConfig }, async ({ params }) => {
    const key = apiKeyList(store.state.apiKeys).items.find(({ id }) => id === params.keyId);
    return found(key, 'There is no such API key.');
  });

  const revokeConfig = { scopes, problems: ['not-found', 'last-admin-key', ...appendProblems] } as const;
  app.delete('/api-keys/:keyId', { schema: revokeSchema, config: revokeConfig }, async (request, reply) => {
    await apiKeys.revoke(request.params.keyId, request.principal);
    return reply.code(204).send(null);
  });
}
