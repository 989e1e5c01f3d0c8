import assert from 'node:assert/strict';
import { ApiKeyListSchema } from '@postausgang/contracts';
import type { EventData, EventOf, Scope } from '@postausgang/contracts';
import {
  allowsRecipient,
  apiKeyList,
  createApiKeysState,
  createSettingsState,
  decideCreateKey,
  decideRevokeKey,
  evolveApiKeys,
  evolveKeyUses,
  evolveSettings,
  findKeyBySha256,
} from '@postausgang/settings';
import type { ApiKeysState, CreateKeyCommand } from '@postausgang/settings';
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { test } from 'tap';
import { anna, eventOf, now, nowMs, pairs } from './fixture.ts';

const hourMs = 60 * 60 * 1000;
const later = '2026-11-23T09:15:00Z';

function created(
  keyId: string,
  scopes: Scope[] = ['admin'],
  expiresAt: string | null = null,
): EventOf<'apiKeyCreated'> {
  return eventOf('apiKeyCreated', {
    keyId,
    name: `key ${keyId}`,
    sha256: `hash of ${keyId}`,
    scopes,
    expiresAt,
    actor: anna,
  });
}
const revoked = (keyId: string, time = now): EventOf<'apiKeyRevoked'> =>
  eventOf('apiKeyRevoked', { keyId, actor: anna }, { time });

function keysAfter(...events: readonly EventOf<'apiKeyCreated' | 'apiKeyRevoked'>[]): ApiKeysState {
  const state = createApiKeysState();
  for (const event of events) evolveApiKeys(state, event);
  return state;
}

function createCommand(
  request: Partial<CreateKeyCommand['request']>,
  actorScopes: readonly Scope[] = ['admin'],
): CreateKeyCommand {
  return {
    keyId: 'k1',
    sha256: 'hash',
    request: { name: 'billing', scopes: ['mail:send'], ...request },
    actor: anna,
    actorScopes,
    nowMs,
  };
}

test('creates a key that holds the hash only', (t) => {
  const data: EventData<'apiKeyCreated'> = {
    keyId: 'k1',
    name: 'billing',
    sha256: 'hash',
    scopes: ['mail:send'],
    expiresAt: null,
    actor: anna,
    mailScopes: 'own',
    quotas: null,
    recipientDomains: null,
  };
  t.strictSame(decideCreateKey(createCommand({})), { outcome: 'changed', data });
  t.strictSame(decideCreateKey(createCommand({ expiresAt: null })), { outcome: 'changed', data });
  const expiring = decideCreateKey(createCommand({ expiresAt: later }));
  t.strictSame(expiring, { outcome: 'changed', data: { ...data, expiresAt: later } });
  t.end();
});

test('refuses what a key cannot have, all at once', (t) => {
  const findingsOf = (request: Partial<CreateKeyCommand['request']>, held: readonly Scope[]) => {
    const decision = decideCreateKey(createCommand(request, held));
    if (decision.outcome !== 'refused') return [];
    t.equal(decision.code, 'api-key-invalid');
    return pairs(decision.findings);
  };
  t.strictSame(findingsOf({ expiresAt: '2027-02-30T00:00:00Z' }, ['admin']), [
    ['/expiresAt', 'date-invalid'],
  ]);
  t.strictSame(findingsOf({ expiresAt: now }, ['admin']), [['/expiresAt', 'date-in-the-past']]);
  t.strictSame(findingsOf({ scopes: ['mail:send', 'mail:read'], expiresAt: '' }, ['mail:read']), [
    ['/expiresAt', 'date-invalid'],
    ['/scopes/0', 'scope-not-held'],
  ]);
  t.strictSame(findingsOf({ scopes: ['admin'] }, ['settings:write']), [['/scopes/0', 'scope-not-held']]);
  t.strictSame(findingsOf({ scopes: ['mail:read'] }, ['mail:read']), []);
  t.strictSame(findingsOf({ scopes: ['mail:read'] }, ['mail:read:all']), []);
  t.strictSame(findingsOf({ scopes: ['mail:read:all'] }, ['mail:read']), [['/scopes/0', 'scope-not-held']]);
  t.strictSame(findingsOf({ scopes: ['admin', 'audit:read'] }, ['admin']), []);
  t.end();
});

test('finds a key by its hash while it may be used', (t) => {
  const state = keysAfter(
    created('a'),
    created('b', ['mail:send'], later),
    created('c', ['mail:send'], 'nonsense'),
  );
  t.match(findKeyBySha256(state, 'hash of a', nowMs), { id: 'a', scopes: ['admin'] });
  t.equal(findKeyBySha256(state, 'hash of b', nowMs + hourMs - 1)?.id, 'b');
  t.equal(findKeyBySha256(state, 'hash of b', nowMs + hourMs), undefined, 'expired');
  t.equal(findKeyBySha256(state, 'hash of c', nowMs), undefined, 'an expiry nobody can read has passed');
  t.equal(findKeyBySha256(state, 'hash of b', NaN), undefined);
  evolveApiKeys(state, revoked('b'));
  t.equal(findKeyBySha256(state, 'hash of b', nowMs), undefined, 'revoked');
  for (const unknown of ['', 'hash', '__proto__']) t.equal(findKeyBySha256(state, unknown, nowMs), undefined);
  t.end();
});

test('reads the scopes of a key as its version meant them', (t) => {
  const { data } = created('new', ['mail:send', 'mail:read', 'mail:manage']);
  const state = keysAfter(
    created('old', ['mail:manage', 'mail:read', 'settings:read']),
    eventOf('apiKeyCreated', { ...data, mailScopes: 'own' }),
  );
  const scopesOf = (id: string) => findKeyBySha256(state, `hash of ${id}`, nowMs)?.scopes;
  const all = ['settings:read', 'mail:read', 'mail:read:all', 'mail:manage', 'mail:manage:all'];
  t.strictSame(scopesOf('old'), all);
  t.strictSame(scopesOf('new'), ['mail:send', 'mail:read', 'mail:manage']);
  t.end();
});

test('keeps the quotas and the recipient domains of a key', (t) => {
  const quotas = { mailsPerDay: 100, bytesPerMinute: null };
  const decision = decideCreateKey(
    createCommand({ quotas, recipientDomains: ['ACME.example', '*.Kunde.example', 'münchen.example'] }),
  );
  if (decision.outcome !== 'changed') throw new Error('refused');
  const state = keysAfter(eventOf('apiKeyCreated', decision.data));
  const key = findKeyBySha256(state, 'hash', nowMs);
  t.match(key, { quotas, recipientDomains: ['acme.example', '*.kunde.example', 'xn--mnchen-3ya.example'] });
  t.ok(Value.Check(ApiKeyListSchema, apiKeyList(state, new Map())));
  const { recipientDomains = null } = key ?? {};
  const allowed = (address: string) => allowsRecipient({ recipientDomains }, address);
  for (const address of ['a@acme.example', 'a@Acme.Example', 'a@x.kunde.example', 'a@münchen.example'])
    t.ok(allowed(address), address);
  for (const address of ['a@x.acme.example', 'a@kunde.example', 'a@xacme.example', 'a@acme.example.org'])
    t.notOk(allowed(address), address);
  t.ok(allowsRecipient({ recipientDomains: null }, 'a@b.example'));
  t.match(decideCreateKey(createCommand({ recipientDomains: ['a b', '*', 'x@y.example'] })), {
    findings: [0, 1, 2].map((index) => ({
      pointer: `/recipientDomains/${index}`,
      code: 'domain-invalid',
    })),
  });
  t.end();
});

test('the admin key of the first start steps back after a day, and never locks anybody out', (t) => {
  const first = created('first');
  const state = keysAfter(eventOf('apiKeyCreated', { ...first.data, bootstrap: true }));
  const finds = (atMs: number) => findKeyBySha256(state, 'hash of first', atMs)?.id;
  const dayMs = 24 * hourMs;
  t.equal(finds(nowMs + 1000 * dayMs), 'first', 'the only one');
  evolveApiKeys(state, created('mail', ['mail:send']));
  t.equal(finds(nowMs + dayMs), 'first', 'the other one cannot administer');
  evolveApiKeys(state, created('other', ['admin'], new Date(nowMs + 10 * dayMs).toISOString()));
  t.equal(finds(nowMs + dayMs - 1), 'first');
  t.equal(finds(nowMs + dayMs), undefined);
  const later = nowMs + 2 * dayMs;
  t.match(decideRevokeKey({ keyId: 'other', actor: anna, nowMs: later }, state), { code: 'last-admin-key' });
  t.match(decideRevokeKey({ keyId: 'first', actor: anna, nowMs: later }, state), { outcome: 'changed' });
  t.equal(finds(nowMs + 10 * dayMs), 'first', 'the other one has expired');
  t.end();
});

test('lists every key without its hash', (t) => {
  const uses = new Map<string, number>();
  for (const time of [now, later, now]) evolveKeyUses(uses, eventOf('apiKeyUsed', { keyId: 'b' }, { time }));
  evolveKeyUses(uses, created('b'));
  const keys = keysAfter(created('a'), created('b', ['mail:send'], later), revoked('b', later));
  const list = apiKeyList(keys, uses);
  t.ok(Value.Check(ApiKeyListSchema, list));
  t.notMatch(JSON.stringify(list), 'hash');
  const common = {
    quotas: null,
    recipientDomains: null,
    bootstrap: false,
    createdAt: now,
    createdBy: anna.name,
  };
  t.strictSame(list.items, [
    {
      id: 'a',
      name: 'key a',
      scopes: ['admin'],
      mailScopes: 'all',
      ...common,
      expiresAt: null,
      revokedAt: null,
      lastUsedAt: null,
    },
    {
      id: 'b',
      name: 'key b',
      scopes: ['mail:send'],
      mailScopes: 'all',
      ...common,
      expiresAt: later,
      revokedAt: later,
      lastUsedAt: new Date(later).toISOString(),
    },
  ]);
  t.end();
});

test('decides about a revocation', (t) => {
  const state = keysAfter(
    created('a'),
    created('b', ['mail:send']),
    created('gone', ['mail:send']),
    revoked('gone'),
  );
  const decide = (keyId: string, atMs = nowMs) => decideRevokeKey({ keyId, actor: anna, nowMs: atMs }, state);
  t.strictSame(decide('b'), { outcome: 'changed', data: { keyId: 'b', actor: anna } });
  t.strictSame(decide('gone'), { outcome: 'unchanged' });
  t.strictSame(decide('none'), { outcome: 'refused', code: 'not-found' });
  t.strictSame(decide('a'), { outcome: 'refused', code: 'last-admin-key' });
  evolveApiKeys(state, created('expiring', ['admin'], later));
  t.equal(decide('a').outcome, 'changed');
  t.match(decide('a', nowMs + hourMs), { code: 'last-admin-key' }, 'the other one has expired');
  t.equal(decide('expiring', nowMs + hourMs).outcome, 'changed', 'an expired key may go');
  t.end();
});

test('the fold rejects what the decision would have refused', (t) => {
  const state = keysAfter(created('a'), created('b'));
  const sameHash = eventOf('apiKeyCreated', { ...created('c').data, sha256: 'hash of a' });
  t.equal(evolveApiKeys(state, created('a', ['mail:send'])), 'conflict');
  t.equal(evolveApiKeys(state, sameHash), 'conflict');
  t.equal(evolveApiKeys(state, revoked('none')), 'conflict');
  t.equal(evolveApiKeys(state, revoked('a')), 'accepted');
  t.equal(evolveApiKeys(state, revoked('a')), 'conflict');
  t.equal(
    evolveApiKeys(state, revoked('b')),
    'conflict',
    'two administrators at once do not lock everybody out',
  );
  t.equal(evolveApiKeys(state, revoked('b', 'nonsense')), 'conflict');
  t.equal(findKeyBySha256(state, 'hash of b', nowMs)?.id, 'b');
  t.end();
});

test('once there is a lasting admin key there always is one', (t) => {
  const ids = fc.constantFrom('a', 'b', 'c', 'd');
  const happenings = fc.array(fc.tuple(fc.boolean(), ids, fc.boolean()), { maxLength: 30 });
  const property = fc.property(happenings, (steps) => {
    const state = createSettingsState();
    evolveSettings(state, created('first'));
    for (const [isNew, id, isAdmin] of [
      [false, 'first', true] as const,
      ...steps,
      [false, 'first', true] as const,
    ]) {
      evolveSettings(state, isNew ? created(id, isAdmin ? ['admin'] : ['mail:read']) : revoked(id));
      assert.ok(
        apiKeyList(state.apiKeys, new Map()).items.some(
          (key) => key.scopes.includes('admin') && key.revokedAt === null,
        ),
      );
    }
  });
  t.doesNotThrow(() => fc.assert(property, { numRuns: 50 }));
  t.end();
});
