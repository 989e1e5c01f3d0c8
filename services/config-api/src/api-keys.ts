import { Type } from '@sinclair/typebox';
import { readPrivateFile, replacePrivateFile } from '@postausgang/configuration';
import {
  type Actor,
  type ApiKey,
  type ApiKeyList,
  ApiKeyListSchema,
  ApiKeySchema,
  type CreateApiKey,
  CreateApiKeySchema,
  type CreatedApiKey,
  CreatedApiKeySchema,
} from '@postausgang/contracts';
import {
  generateApiKey,
  type HttpPlugin,
  isApiKey,
  NoContent,
  type Principal,
  ProblemError,
  sha256OfApiKey,
  withHeaders,
} from '@postausgang/http';
import {
  apiKeyList,
  type ApiKeysState,
  type CreateKeyCommand,
  decideCreateKey,
  decideRevokeKey,
  findKeyBySha256,
} from '@postausgang/settings';
import type { RouteContext } from './config-api.ts';
import { appendProblems, found } from './routes/resource-change.ts';
import { locationHeader, withExamples } from './routes/schemas.ts';
import { actorOf } from './settings/changes.ts';
import type { SettingsStore } from './settings/store.ts';

/** The file of the admin key does not hold a key. The message never holds what stands there. */
export class AdminKeyFileError extends Error {
  override readonly name = 'AdminKeyFileError';
  readonly code = 'admin-key-file-malformed';
  readonly path: string;

  constructor(path: string) {
    super(`${path} does not hold an API key. Remove the file, and a new key is created at the next start.`);
    this.path = path;
  }
}

/** The key in the file; undefined when there is no file. Throws AdminKeyFileError, PrivateFileError. */
async function readAdminKeyFile(path: string): Promise<string | undefined> {
  const key = (await readPrivateFile(path))?.trim();
  if (key === undefined || isApiKey(key)) return key;
  throw new AdminKeyFileError(path);
}

interface AdminKeyOptions {
  readonly store: SettingsStore;
  readonly now: () => Date;
  readonly newId: () => string;
}

const system: Actor = { kind: 'system', id: 'config-api', name: 'config-api' };

/**
 * Sees to it that somebody may administer. Without a usable admin key the one in the file becomes one; without a file
 * a key is made and the file written first, so that a crash before the append heals at the next start. A file whose
 * key has been revoked or has expired is replaced. Resolves with the path when the file holds a usable key. Several
 * processes may do so at once with files of the same content.
 *
 * @throws AdminKeyFileError, and the problems of `SettingsStore.write`.
 */
export async function ensureAdminKey(options: AdminKeyOptions, path: string): Promise<string | undefined> {
  const { store, now } = options;
  const { apiKeys } = store.state;
  const nowMs = now().getTime();
  const ifUsable = async () => ((await holdsUsableKey(path, apiKeys, nowMs)) ? path : undefined);
  if (hasAdminKey(apiKeys, nowMs)) return ifUsable();
  const kept = await readAdminKeyFile(path);
  // Another process with the same file may have been faster in the meantime.
  if (hasAdminKey(apiKeys, nowMs)) return ifUsable();
  const isNew = kept !== undefined && !apiKeys.idBySha256.has(sha256OfApiKey(kept));
  await appendAdminKey(options, isNew ? kept : await createKeyFile(path));
  return path;
}

async function createKeyFile(path: string): Promise<string> {
  const key = generateApiKey();
  await replacePrivateFile(path, `${key}\n`);
  return key;
}

function hasAdminKey(state: ApiKeysState, nowMs: number): boolean {
  const isUsable = (sha256: string): boolean => findKeyBySha256(state, sha256, nowMs) !== undefined;
  return state.byId.values().some(({ scopes, sha256 }) => scopes.includes('admin') && isUsable(sha256));
}

// Nobody needs the file any more, so nothing about it is an error.
async function holdsUsableKey(path: string, state: ApiKeysState, nowMs: number): Promise<boolean> {
  const key = await readAdminKeyFile(path).catch(() => undefined);
  return key !== undefined && findKeyBySha256(state, sha256OfApiKey(key), nowMs) !== undefined;
}

async function appendAdminKey({ store, now, newId }: AdminKeyOptions, key: string): Promise<void> {
  const keyId = newId();
  const sha256 = sha256OfApiKey(key);
  const verdict = await store.write(
    'apiKeyCreated',
    `api-keys/${keyId}`,
    {
      keyId,
      name: 'first admin key',
      sha256,
      scopes: ['admin'],
      expiresAt: null,
      actor: system,
      mailScopes: 'own',
      bootstrap: true,
    },
    { id: `first-admin-key.${sha256}`, time: now().toISOString() },
  );
  if (verdict !== 'accepted' && verdict !== 'duplicate')
    throw new Error(`The first admin key was not taken: ${verdict}`);
}

const atTheStart: Actor = { kind: 'system', id: 'start-link', name: 'link of the first start' };

interface ApiKeyChangerOptions {
  readonly store: SettingsStore;
  readonly now: () => Date;
  readonly newId: () => string;
}

/** All methods throw problems, among them those of `SettingsStore.write`. */
export interface ApiKeyChanger {
  /** The new key, which nobody can read again. Throws `api-key-invalid`. */
  create(request: CreateApiKey, principal: Principal): Promise<CreatedApiKey>;
  /** An admin key for the first person of an installation. */
  createFirst(name: string): Promise<CreatedApiKey>;
  /** Throws `not-found` and `last-admin-key`; a key that is revoked already stays so. */
  revoke(keyId: string, principal: Principal): Promise<void>;
}

export function createApiKeyChanger({ store, now, newId }: ApiKeyChangerOptions): ApiKeyChanger {
  const { apiKeys } = store.state;

  async function revoke(keyId: string, actor: Actor): Promise<void> {
    const at = now();
    const decision = decideRevokeKey({ keyId, actor, nowMs: at.getTime() }, apiKeys);
    if (decision.outcome === 'unchanged') return;
    if (decision.outcome === 'refused') throw new ProblemError(decision.code);
    const event = { id: newId(), time: at.toISOString() };
    const verdict = await store.write('apiKeyRevoked', resourceOf(keyId), decision.data, event);
    // Somebody was faster: the key is revoked already, or it has become the last one.
    if (verdict !== 'accepted') await revoke(keyId, actor);
  }

  async function create(
    request: CreateApiKey,
    by: Pick<CreateKeyCommand, 'actor' | 'actorScopes'>,
  ): Promise<CreatedApiKey> {
    const key = generateApiKey();
    const keyId = newId();
    const at = now();
    const decision = decideCreateKey({
      keyId,
      sha256: sha256OfApiKey(key),
      request,
      ...by,
      nowMs: at.getTime(),
    });
    if (decision.outcome === 'refused')
      throw new ProblemError(decision.code, { findings: decision.findings });
    const event = { id: newId(), time: at.toISOString() };
    await store.write('apiKeyCreated', resourceOf(keyId), decision.data, event);
    return { ...createdKey(apiKeyList(apiKeys, new Map()).items, keyId), key };
  }

  return {
    create: (request, principal) =>
      create(request, { actor: actorOf(principal), actorScopes: [...principal.scopes] }),
    createFirst: (name) => create({ name, scopes: ['admin'] }, { actor: atTheStart, actorScopes: ['admin'] }),
    revoke: (keyId, principal) => revoke(keyId, actorOf(principal)),
  };
}

function createdKey(items: readonly ApiKey[], keyId: string): ApiKey {
  const created = items.find(({ id }) => id === keyId);
  if (created === undefined) throw new Error('A new API key was not taken into the fold');
  return created;
}

function resourceOf(keyId: string): string {
  return `api-keys/${keyId}`;
}

const tags = ['API keys'];
const createExample = { name: 'billing module', scopes: ['mail:send', 'mail:read'] };
const scopes = ['admin'] as const;
const ParamsSchema = Type.Object({
  keyId: Type.String({ examples: ['8d5c3b1a-6f0e-4d7e-9a53-0c1f7f0e2b11'] }),
});

const createSchema = {
  operationId: 'createApiKey',
  summary: 'Create an API key',
  description:
    'The key is shown only in this answer; only its SHA-256 is stored. `Idempotency-Key` is not supported.',
  tags,
  body: withExamples(CreateApiKeySchema, createExample),
  response: { 201: withHeaders(CreatedApiKeySchema, locationHeader) },
};

const listSchema = {
  operationId: 'listApiKeys',
  summary: 'List the API keys, including revoked keys',
  tags,
  response: { 200: ApiKeyListSchema },
};

const getSchema = {
  operationId: 'getApiKey',
  summary: 'Get an API key',
  tags,
  params: ParamsSchema,
  response: { 200: ApiKeySchema },
};

const revokeSchema = {
  operationId: 'revokeApiKey',
  summary: 'Revoke an API key',
  description: 'Takes effect immediately and cannot be undone. The last administrator key cannot be revoked.',
  tags,
  params: ParamsSchema,
  response: { 204: NoContent('Revoked') },
};

/** Managing the keys. */
export const apiKeyRoutes: HttpPlugin<RouteContext> = async (app, { store, apiKeys, keyUses }) => {
  const list = (): ApiKeyList => apiKeyList(store.state.apiKeys, keyUses);
  const createConfig = { scopes, problems: ['api-key-invalid', ...appendProblems] } as const;
  const createOptions = { schema: createSchema, config: createConfig, bodyLimit: 16 * 1024 };
  app.post('/api-keys', createOptions, async ({ body, principal }, reply) => {
    const created = await apiKeys.create(body, principal);
    return reply.code(201).header('location', `/v1/api-keys/${created.id}`).send(created);
  });

  app.get('/api-keys', { schema: listSchema, config: { scopes } }, async () => list());

  const getConfig = { scopes, problems: ['not-found'] } as const;
  app.get('/api-keys/:keyId', { schema: getSchema, config: getConfig }, async ({ params }) => {
    const key = list().items.find(({ id }) => id === params.keyId);
    return found(key, 'This API key does not exist.');
  });

  const revokeConfig = { scopes, problems: ['not-found', 'last-admin-key', ...appendProblems] } as const;
  app.delete('/api-keys/:keyId', { schema: revokeSchema, config: revokeConfig }, async (request, reply) => {
    await apiKeys.revoke(request.params.keyId, request.principal);
    return reply.code(204).send();
  });
};
