import {
  exchangeConnectionFields,
  outgoingServerFields,
  placedFields,
  type ServerPreset,
} from '@postausgang/contracts';
import { type Test, test } from 'tap';
import { type Service, startService } from './fixture.ts';
import { patch } from './settings-calls.ts';

/** What a person types, by the pointer that is asked for. */
const typed: Readonly<Record<string, string>> = {
  '/smtp/hostname': 'mail.acme.example',
  '/smtp/username': 'erp@acme.example',
  '/smtp/password': 'Kanarienvogel-7391-geheim',
  '/email': 'erp@acme.example',
  '/tenantId': 'acme.example',
  '/clientId': 'app-1',
  '/clientSecret': 'Kanarienvogel-5520-geheim',
  '/ewsUrl': 'https://mail.acme.example/EWS/Exchange.asmx',
  '/username': 'ACME\\erp',
  '/password': 'Kanarienvogel-7391-geheim',
};

async function presetsOf({ call }: Service): Promise<readonly ServerPreset[]> {
  const { status, body } = await call('GET', '/v1/outgoing-servers/presets');
  if (status !== 200) throw new Error(`presets are answered with ${status}`);
  return body['items'] as readonly ServerPreset[];
}

/** The values that were typed for the members of an object. */
const typedAt = (asks: readonly string[], within: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    asks.flatMap((pointer) => {
      const value = typed[pointer];
      return value === undefined ? [] : [[pointer.slice(within.length), value]];
    }),
  );

/** The id of a connection that was created from the preset. */
async function createConnection({ call }: Service, preset: ServerPreset): Promise<unknown> {
  const body = { name: preset.name.en, ...preset.connection, ...typedAt(preset.asks, '/') };
  const created = await call('POST', '/v1/exchange-connections', { body });
  if (created.status !== 201) throw new Error(created.text);
  return created.body['id'];
}

async function checkPreset(t: Test, preset: ServerPreset): Promise<void> {
  const service = await startService(t);
  const { serverType, smtp, limits, asks } = preset;
  const exchange =
    preset.connection === null ? undefined : { connectionId: await createConnection(service, preset) };
  const saved = await patch(service, 0, {
    enabled: true,
    serverType,
    limits,
    senderAddress: { address: 'erp@acme.example' },
    ...(smtp && { smtp: { ...smtp, ...typedAt(asks, '/smtp/') } }),
    ...(exchange && { exchange }),
  });
  t.match(saved, { status: 200, body: { version: 1, serverType, limits, warnings: [] } }, preset.id);
}

test('with the preset of a provider, only what it asks for is missing', async (t) => {
  const presets = await presetsOf(await startService(t));
  t.strictSame(
    presets.map(({ id }) => id),
    [
      'microsoft-365',
      'exchange-on-premises',
      'ionos',
      'strato',
      'telekom',
      'gmx',
      'web-de',
      'google-relay',
      'gmail',
      'own',
    ],
    'config-api alone has no test mailbox',
  );
  for (const preset of presets) await checkPreset(t, preset);
});

test('what a preset asks for are fields, and its facts have a source', async (t) => {
  const presets = await presetsOf(await startService(t));
  const pointersOf = (fields: Parameters<typeof placedFields>[0]): readonly string[] =>
    placedFields(fields).map(({ pointer }) => pointer);
  const known: Readonly<Record<ServerPreset['serverType'], readonly string[]>> = {
    exchange: pointersOf(exchangeConnectionFields),
    smtp: pointersOf(outgoingServerFields),
    'test-mailbox': [],
  };
  for (const { id, serverType, asks, sources, needs, name, smtp, connection } of presets) {
    t.strictSame(
      asks.filter((pointer) => !known[serverType].includes(pointer)),
      [],
      id,
    );
    t.equal(smtp !== null, serverType === 'smtp', id);
    t.equal(connection !== null, serverType === 'exchange', id);
    t.ok(
      [name.de, name.en, needs.de, needs.en].every((text) => text.length > 0),
      id,
    );
    t.ok(
      sources.every((source) => new URL(source).protocol === 'https:'),
      id,
    );
    const isOfVendor = !['own', 'test-mailbox'].includes(id);
    t.equal(sources.length > 0, isOfVendor, id);
  }
});

test('presets are for whoever may read the settings', async (t) => {
  const service = await startService(t);
  const path = '/v1/outgoing-servers/presets';
  t.match(await service.call('GET', path, { key: await service.keyWith('mail:send') }), { status: 403 });
  t.match(await service.call('GET', path, { key: await service.keyWith('settings:read') }), { status: 200 });
});
