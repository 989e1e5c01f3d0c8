import { test } from 'tap';
import { createMailAuthority } from '../message/smime/mail-authority.ts';
import { requirePeer } from '../peers/peer.ts';
import { type Answer, findingsOf, type Service, startService } from './fixture.ts';
import { ifMatch } from './settings-calls.ts';

const path = '/v1/senders';

const accounting = {
  name: 'Accounting',
  address: 'accounting@acme.example',
  for: { kind: 'department', key: 'accounting' },
};

const create = ({ call }: Service, body: object, headers: Readonly<Record<string, string>> = {}) =>
  call('POST', path, { body, headers });

const locationOf = ({ headers }: Answer): string => String(headers['location']);
const idOf = ({ body }: Answer): string => String(body['id']);

test('a sender is created, read, changed, deleted, and comes back', async (t) => {
  const service = await startService(t);
  const { call } = service;
  const created = await create(service, accounting);
  t.match(created, {
    status: 201,
    headers: { etag: '"1"' },
    body: {
      version: 1,
      ...accounting,
      active: true,
      replyTo: [],
      alwaysCopyTo: [],
      copyToSender: 'inherit',
      smimeCertificateId: null,
      mailbox: null,
      source: null,
      usedBy: [],
      warnings: [],
    },
  });
  const at = locationOf(created);
  t.strictSame((await call('GET', at)).body, created.body);
  t.strictSame((await call('GET', path)).body, { items: [created.body], total: 1, nextCursor: null });

  t.match(await call('PATCH', at, { body: { name: 'x' } }), { status: 428 });
  t.match(await call('PATCH', at, { body: { name: 'x' }, headers: ifMatch(7) }), { status: 412 });
  const replyTo = [{ name: 'Team', address: 'team@acme.example' }, { address: 'boss@acme.example' }];
  const patched = await call('PATCH', `${at}?reason=because`, { body: { replyTo }, headers: ifMatch(1) });
  t.match(patched, { status: 200, headers: { etag: '"2"' }, body: { replyTo } });
  const same = await call('PUT', at, { body: { ...accounting, replyTo }, headers: ifMatch(2) });
  t.match(same, { status: 200, headers: { etag: '"2"' } }, 'a list with the same entries changes nothing');
  t.match((await call('GET', `${at}/diff?from=1&to=2`)).body, {
    differences: [{ pointer: '/replyTo', from: [], to: replyTo }],
  });

  t.match(await call('DELETE', at, { headers: ifMatch(2) }), { status: 204 });
  t.match(await call('GET', at), { status: 404, body: { code: 'not-found' } });
  t.match((await call('GET', `${at}/history`)).body, {
    items: [{ operation: 'delete' }, { operation: 'patch', reason: 'because' }, { operation: 'create' }],
  });
  t.match((await call('GET', `${at}/history/3`)).body, { sender: null });
  const back = await call('POST', `${at}/revert`, { body: { version: 1 }, headers: ifMatch(3) });
  t.match(back, { status: 200, body: { version: 4, ...accounting, replyTo: [] } });
});

test('two active senders for the same are refused, and the finding names the other one', async (t) => {
  const service = await startService(t);
  const { call } = service;
  const first = await create(service, accounting);
  const second = await create(service, { ...accounting, name: 'Other' });
  t.match(second, { status: 422, body: { code: 'settings-invalid' } });
  t.strictSame(findingsOf(second), ['/for/key sender-duplicate']);
  t.match(second.body, {
    findings: [{ resource: `senders/${idOf(first)}`, message: { en: /Accounting/, de: /Accounting/ } }],
  });

  const atBranch = { ...accounting, for: { ...accounting.for, branch: 'berlin' } };
  t.match(await create(service, atBranch), { status: 201 }, 'a branch is another use');
  t.match(await create(service, { ...accounting, active: false }), { status: 201 }, 'an inactive one');
  const ofBranch = { ...accounting, for: { kind: 'branch', key: 'berlin', branch: 'a' } };
  const again = { ...ofBranch, for: { ...ofBranch.for, branch: 'b' } };
  t.match(await create(service, ofBranch), { status: 201 });
  t.strictSame(findingsOf(await create(service, again)), ['/for/key sender-duplicate']);

  const waiting = (await call('GET', `${path}?active=false`)).body['items'] as { id: string }[];
  const activate = () =>
    call('PATCH', `${path}/${waiting[0]?.id}`, { body: { active: true }, headers: ifMatch(1) });
  t.strictSame(findingsOf(await activate()), ['/for/key sender-duplicate']);
  await call('DELETE', locationOf(first), { headers: ifMatch(1) });
  t.match(await activate(), { status: 200 }, 'once the other one has gone');
  const back = await call('POST', `${locationOf(first)}/revert`, {
    body: { version: 1 },
    headers: ifMatch(2),
  });
  t.strictSame(findingsOf(back), ['/for/key sender-duplicate'], 'nor does a revert bring two of them');
});

test('the address of another sender is allowed, and told by a warning', async (t) => {
  const service = await startService(t);
  const first = await create(service, accounting);
  const second = await create(service, { name: 'Dunning', address: 'ACCOUNTING@acme.example' });
  t.match(second, {
    status: 201,
    body: {
      warnings: [{ pointer: '/address', code: 'sender-address-shared', resource: `senders/${idOf(first)}` }],
    },
  });
});

test('what cannot be used is not saved', async (t) => {
  const service = await startService(t);
  const bad = {
    name: 'x',
    address: 'no address',
    for: { kind: 'purpose' },
    replyTo: [{ address: 'team@acme.example' }, { address: 'x' }],
    alwaysCopyTo: [{ address: '@' }],
    mailbox: 'y',
    smimeCertificateId: 'nowhere',
  };
  t.strictSame(findingsOf(await create(service, bad)), [
    '/address address-invalid',
    '/for/key sender-key-required',
    '/replyTo/1/address address-invalid',
    '/alwaysCopyTo/0/address address-invalid',
    '/smimeCertificateId certificate-unknown',
    '/mailbox address-invalid',
  ]);
  for (const body of [{}, { name: '' }, { ...accounting, nonsense: 1 }, { ...accounting, for: null }]) {
    t.match(await create(service, body), { status: 400, body: { code: 'request-invalid' } });
  }
});

test('a certificate has to be for the address, and a sender keeps it from being deleted', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const service = await startService(t);
  const { call } = service;
  const authority = await createMailAuthority(t);
  const own = await authority.issue('accounting@acme.example', 'p-256');
  const content = Buffer.from(`${own.certificate}\n${own.key}`).toString('base64');
  const imported = await call('POST', '/v1/certificates', { body: { name: 'S/MIME', kind: 'own', content } });
  const smimeCertificateId = idOf(imported);
  const sender = await create(service, { ...accounting, smimeCertificateId });
  t.match(sender, { status: 201 });
  const other = await create(service, { name: 'Other', address: 'other@acme.example', smimeCertificateId });
  t.strictSame(findingsOf(other), ['/smimeCertificateId certificate-address-mismatch']);
  t.match(await call('DELETE', `/v1/certificates/${smimeCertificateId}`, { headers: ifMatch(1) }), {
    status: 409,
    body: { code: 'resource-in-use', detail: new RegExp(`senders/${idOf(sender)}`) },
  });
});

test('the list is searched, filtered and read page by page', async (t) => {
  const service = await startService(t);
  for (const name of ['Cäcilie', 'Anna', 'Berta', 'Dora']) {
    const address = `${name.charAt(0).toLowerCase()}@acme.example`;
    await create(service, {
      name,
      address,
      for: { kind: 'employee', key: name.toUpperCase() },
      ...(name === 'Dora' ? { source: 'erp' } : {}),
    });
  }
  const names = async (query: string): Promise<unknown> => {
    const { body } = await service.call('GET', `${path}?${query}`);
    return (body['items'] as { name: string }[]).map(({ name }) => name);
  };
  t.strictSame(await names(''), ['Anna', 'Berta', 'Cäcilie', 'Dora']);
  t.strictSame(await names('text=BERT'), ['Berta']);
  t.strictSame(await names('text=c@acme'), ['Cäcilie']);
  t.strictSame(await names('source=erp'), ['Dora']);
  t.strictSame(await names('active=false'), []);
  const first = await service.call('GET', `${path}?limit=3`);
  t.match(first.body, { total: 4, nextCursor: String });
  const next = String(first.body['nextCursor']);
  t.strictSame(await names(`limit=3&cursor=${next}`), ['Dora']);
  t.match(await service.call('GET', `${path}?cursor=nonsense`), { status: 400 });
});

test('a list continues behind a sender that was deleted or renamed meanwhile', async (t) => {
  const service = await startService(t);
  const created: Answer[] = [];
  // The longest names, in characters of three bytes: the cursor holds them too.
  const names = ['あ', 'い', 'う', 'え'].map((letter) => letter.repeat(200));
  for (const [index, name] of names.entries()) {
    created.push(await create(service, { name, address: `${index}@acme.example` }));
  }
  const [first, second] = created.map(locationOf);
  const page = async (cursor: unknown) =>
    (await service.call('GET', `${path}?limit=1${cursor === '' ? '' : `&cursor=${String(cursor)}`}`)).body;
  const one = await page('');
  await service.call('DELETE', first ?? '', { headers: ifMatch(1) });
  const two = await page(one['nextCursor']);
  t.match(two, { items: [{ name: names[1] }], total: 3 });
  await service.call('PATCH', second ?? '', { body: { name: 'A' }, headers: ifMatch(1) });
  const three = await page(two['nextCursor']);
  t.match(three, { items: [{ name: names[2] }] });
  t.match(await page(three['nextCursor']), { items: [{ name: names[3] }], nextCursor: null });
});

test('reading takes settings:read, changing settings:write', async (t) => {
  const service = await startService(t);
  const reader = await service.keyWith('settings:read');
  t.match(await service.call('GET', path, { key: reader }), { status: 200 });
  t.match(await service.call('POST', path, { key: reader, body: accounting }), { status: 403 });
});

test('an ERP synchronizes its whole list, and hears what has changed', async (t) => {
  const service = await startService(t);
  const { call } = service;
  const synchronize = (senders: readonly object[], source = 'erp', key?: string) =>
    call('PUT', `${path}?source=${source}&reason=nightly`, {
      body: { senders },
      ...(key === undefined ? {} : { key }),
    });
  const erika = { name: 'Erika', address: 'erika@acme.example', for: { kind: 'employee', key: '4711' } };
  t.match(await synchronize([accounting, erika]), {
    status: 200,
    body: {
      source: 'erp',
      created: [{ address: 'accounting@acme.example' }, { name: 'Erika', address: 'erika@acme.example' }],
      changed: [],
      deactivated: [],
      unchanged: 0,
    },
  });
  const nothing = { created: [], changed: [], deactivated: [] };
  t.match(await synchronize([accounting, erika]), { body: { ...nothing, unchanged: 2 } });
  const last = await synchronize([{ ...erika, name: 'Erika Muster' }]);
  t.match(last.body, { created: [], changed: [{ name: 'Erika Muster' }], unchanged: 0 });
  const [gone] = last.body['deactivated'] as { id: string }[];
  t.match((await call('GET', `${path}/${gone?.id}`)).body, { active: false, source: 'erp', version: 2 });
  t.match((await call('GET', `${path}/${gone?.id}/history`)).body, {
    items: [{ operation: 'patch', reason: 'nightly' }, { operation: 'create' }],
  });
  const bad = await synchronize([
    { name: 'x', address: 'no address' },
    { ...erika, for: { kind: 'purpose' } },
  ]);
  t.match(bad, { status: 422, body: { code: 'settings-invalid' } });
  t.strictSame(findingsOf(bad), [
    '/senders/0/address address-invalid',
    '/senders/1/for/key sender-key-required',
  ]);
  t.match((await call('GET', `${path}?source=erp&active=true`)).body, { total: 1 }, 'nothing half done');
  t.match(await synchronize([{ ...erika, source: 'other' }]), { status: 400 });
  t.equal((await call('PUT', path, { body: { senders: [] } })).status, 400, 'a list has a name');
  const reader = await service.keyWith('settings:read');
  t.equal((await synchronize([], 'erp', reader)).status, 403);
});

test('two services that take the same list at once make the same senders', async (t) => {
  const service = await startService(t);
  const senders = Array.from({ length: 300 }, (_, index) => ({
    name: `Employee ${index}`,
    address: `e${index}@acme.example`,
    for: { kind: 'employee', key: String(index) },
  }));
  const synchronize = () => service.call('PUT', `${path}?source=erp`, { body: { senders } });
  const answers = await Promise.all([synchronize(), synchronize()]);
  t.strictSame(
    answers.map(({ status }) => status),
    [200, 200],
  );
  const created = answers.map(({ body }) => (body['created'] as unknown[]).length);
  t.equal((created[0] ?? 0) + (created[1] ?? 0), 300, 'each is made once');
  t.match((await service.call('GET', `${path}?source=erp`)).body, { total: 300 });
});
