import { test } from 'tap';
import type { EventOf } from '@postausgang/contracts';
import { createSettingsState, evolveSettings, findKeyBySha256, isAtHome } from '@postausgang/settings';

const place = { device: '2049', folder: '131073', log: '131075' };
const actor = { kind: 'api-key', id: 'k1', name: 'Anna' } as const;
const time = '2026-11-23T08:16:00.000Z';

const confirmed = (id: string, as: 'moved' | 'copy', keptKeyId = 'k1'): EventOf<'environmentConfirmed'> => ({
  id,
  type: 'io.postausgang.environment-confirmed.v1',
  source: '/config-api',
  time,
  data: { environmentId: id, as, place, actor, reason: null, keptKeyId },
});

const created = (keyId: string): EventOf<'apiKeyCreated'> => ({
  id: `created-${keyId}`,
  type: 'io.postausgang.api-key-created.v1',
  source: '/config-api',
  time,
  data: { keyId, name: keyId, sha256: `hash-${keyId}`, scopes: ['admin'], expiresAt: null, actor },
});

test('a log is at home where it was confirmed, and nowhere else', (t) => {
  const home = { place };
  t.ok(isAtHome(home, place));
  for (const name of ['device', 'folder', 'log'] as const)
    t.notOk(isAtHome(home, { ...place, [name]: '1' }), name);
  t.ok(isAtHome(home, { ...place, device: null }), 'a device without a stable number says nothing');
  t.ok(isAtHome({ place: { ...place, device: null } }, place));
  t.end();
});

test('only a copy revokes keys, all but the one of the person', (t) => {
  const state = createSettingsState();
  t.equal(state.environment, null);
  for (const id of ['k1', 'k2']) evolveSettings(state, created(id));
  const isUsable = (id: string): boolean => findKeyBySha256(state.apiKeys, `hash-${id}`, 0) !== undefined;
  t.equal(evolveSettings(state, confirmed('e1', 'moved')), 'accepted');
  t.ok(isUsable('k1') && isUsable('k2'));
  t.equal(evolveSettings(state, confirmed('e2', 'copy')), 'accepted');
  t.ok(isUsable('k1') && !isUsable('k2'));
  t.equal(evolveSettings(state, confirmed('e2', 'moved')), 'duplicate', 'an event counts once');
  t.match(state.environment, { environmentId: 'e2', as: 'copy', at: time });
  t.end();
});
