import { placeInKafka } from '@postausgang/event-log';
import type { EnvironmentView } from '@postausgang/contracts';
import { type Test, test } from 'tap';
import { waitFor } from '../peers/wait-for.ts';
import { completeSettings, type Service, serverPath, startService } from './fixture.ts';
import { put } from './settings-calls.ts';

const installation = { id: '0199c8a0-0000-7000-8000-000000000001', name: 'Werk Süd' };

/** A config-api that finds its log in a cluster, under a prefix. */
const startAt = (
  t: Test,
  clusterId: string | null,
  topicPrefix: string,
  of?: Pick<Service, 'directory' | 'log'>,
) =>
  startService(t, {
    ...(of === undefined ? {} : { directory: of.directory, log: of.log }),
    environment: {
      installation,
      log: 'kafka',
      place: placeInKafka({ clusterId }, { topicPrefix }),
      isPaused: false,
    },
  });

const view = async ({ call }: Service): Promise<EnvironmentView> =>
  (await call('GET', '/v1/environment')).body as unknown as EnvironmentView;

const confirm = ({ call }: Service, as: string, more: object = {}) =>
  call('POST', '/v1/environment/confirm', { body: { as, reason: 'a rehearsal', ...more } });

test('a log in Kafka belongs to the cluster and the prefix where it was first found', async (t) => {
  const home = await startAt(t, 'cluster-1', 'erp.');
  t.match(await view(home), { log: 'kafka', heldFor: null, confirmed: { as: 'adopted' } });
  t.match(await confirm(home, 'moved'), { status: 409 }, 'there is nothing to confirm');
  const places = [
    ['cluster-1', 'erp.', null],
    ['cluster-2', 'erp.', 'other-place'],
    ['cluster-1', 'test.', 'other-place'],
    [null, 'erp.', 'other-place'],
  ] as const;
  for (const [clusterId, prefix, heldFor] of places) {
    const found = await startAt(t, clusterId, prefix, home);
    t.equal((await view(found)).heldFor, heldFor, `${clusterId} ${prefix}`);
    await found.close();
  }
});

test('over Kafka, a backup and a copy are confirmed with sending switched off, for every process', async (t) => {
  const home = await startAt(t, 'cluster-1', '');
  await put(home, 0, completeSettings);
  // The second time, sending is off already.
  for (const as of ['restored', 'copy']) {
    const first = await startAt(t, `cluster-${as}`, '', home);
    const second = await startAt(t, `cluster-${as}`, '', home);
    t.equal((await view(second)).heldFor, 'other-place');
    t.match(await confirm(first, as), { status: 200, body: { heldFor: null, confirmed: { as } } });
    t.match(await first.call('GET', serverPath), { body: { enabled: false, whenDisabled: 'hold' } }, as);
    await waitFor('the other process', async () =>
      (await view(second)).heldFor === null ? true : undefined,
    );
    t.match(await confirm(second, 'moved'), { status: 409 }, 'said once');
    await first.close();
    await second.close();
  }
  const again = await startAt(t, 'cluster-copy', '', home);
  t.match(await view(again), { heldFor: null, confirmed: { as: 'copy' } });
});

test('over Kafka, moving a log leaves the settings as they are', async (t) => {
  const home = await startAt(t, 'cluster-1', '');
  await put(home, 0, completeSettings);
  const moved = await startAt(t, 'cluster-2', '', home);
  t.match(await confirm(moved, 'moved'), { status: 200, body: { heldFor: null } });
  t.match(await moved.call('GET', serverPath), { body: { version: 1, enabled: true } });
});

test('a mistake in a confirmation is refused where it is, and nothing has happened', async (t) => {
  const home = await startAt(t, 'cluster-1', '');
  await put(home, 0, completeSettings);
  const copy = await startAt(t, 'cluster-2', '', home);
  const mistakes = [
    ['copy', ['test@acme.example', 'nobody'], '/redirectTo/1', 'address-invalid'],
    ['restored', ['test@acme.example'], '/redirectTo', 'redirect-only-for-copy'],
    ['moved', ['test@acme.example'], '/redirectTo', 'redirect-only-for-copy'],
  ] as const;
  for (const [as, redirectTo, pointer, code] of mistakes) {
    const refused = await confirm(copy, as, { redirectTo });
    t.match(refused, { status: 422, body: { findings: [{ pointer, code }] } }, `${as} ${redirectTo.join()}`);
  }
  t.match(await view(copy), { heldFor: 'other-place', sendingMode: 'live', confirmed: { as: 'adopted' } });
  t.match(await copy.call('GET', serverPath), { body: { version: 1, enabled: true } });
  const redirectTo = ['test@acme.example'];
  t.match(await confirm(copy, 'copy', { redirectTo }), { status: 200, body: { sendingMode: 'redirect' } });
  t.match(await copy.call('GET', '/v1/environment/sending-mode/history/1'), {
    body: { settings: { to: redirectTo } },
  });
});
