import assert from 'node:assert/strict';
import type { OutgoingServerContent, OutgoingServerPatch, SmtpPatch } from '@postausgang/contracts';
import {
  defaultContent,
  effectivePort,
  outgoingServerKind,
  sealPlan,
  smtpDestination,
  smtpPasswordBinding,
  validateContent,
} from '@postausgang/settings';
import fc from 'fast-check';
import { test } from 'tap';
import {
  anna,
  commandOf,
  decideChange,
  decidedEvent,
  eventOf,
  evolved,
  findingsOf,
  given,
  initial,
  now,
  pairs,
  patch,
  planPatch,
  put,
  revert,
  seal,
  sealed,
  serverAfter,
  sorted,
  workingPut,
} from '../fixture.ts';

const working = await serverAfter(put(workingPut));
const { password } = working.content.smtp;

function withSmtp(
  content: OutgoingServerContent,
  smtp: Partial<OutgoingServerContent['smtp']>,
): OutgoingServerContent {
  return { ...content, smtp: { ...content.smtp, ...smtp } };
}

test('a first PUT becomes an event that says who changed what', async (t) => {
  const event = await decidedEvent(put(workingPut), initial);
  t.strictSame(
    { ...event?.data, content: null },
    {
      resource: 'outgoing-servers/default',
      expectedVersion: 0,
      operation: 'put',
      revertedTo: null,
      actor: { kind: 'token', id: 'anna', name: 'Anna Admin' },
      reason: null,
      content: null,
    },
  );
  t.strictSame(event?.data.content, {
    ...defaultContent,
    enabled: true,
    senderAddress: workingPut.senderAddress,
    smtp: {
      ...defaultContent.smtp,
      hostname: 'mail.acme.example',
      username: 'erp@acme.example',
      password: {
        setAt: now,
        sealed: sealed({
          value: 'S3cret',
          binding: smtpPasswordBinding(initial.resource, working.content.smtp),
        }),
      },
    },
  });
});

test('the decision holds no password in what becomes the event', (t) => {
  const decision = decideChange(commandOf(put(workingPut), 0), initial);
  t.equal(decision.outcome, 'changed');
  if (decision.outcome !== 'changed') return t.end();
  t.notMatch(JSON.stringify([decision.change, decision.plan?.content]), 'S3cret');
  t.equal(decision.plan?.newSecrets[0]?.value, 'S3cret');
  return t.end();
});

test('PUT resets absent fields, but keeps the password and the absent other half', async (t) => {
  const exchange = put({ enabled: false, serverType: 'exchange', exchange: { connectionId: 'c1' } });
  await (
    await given(t, put(workingPut)).when(exchange)
  ).thenContent((before) => ({
    ...defaultContent,
    serverType: 'exchange',
    exchange: { connectionId: 'c1' },
    smtp: before.smtp,
  }));
  const smtp = put({ enabled: false, serverType: 'smtp', smtp: { port: 2525 } });
  await (
    await given(t, put(workingPut), exchange).when(smtp)
  ).thenContent((before) => ({
    ...defaultContent,
    exchange: { connectionId: 'c1' },
    smtp: { ...defaultContent.smtp, port: 2525, password: before.smtp.password },
  }));
  const both = put({
    enabled: false,
    serverType: 'exchange',
    exchange: {},
    smtp: { hostname: null, password: null },
  });
  await (
    await given(t, put(workingPut), exchange).when(both)
  ).thenContent(() => ({
    ...defaultContent,
    serverType: 'exchange',
  }));
});

test('PATCH keeps what is absent, and null resets', async (t) => {
  const reset: OutgoingServerPatch = {
    enabled: false,
    senderAddress: null,
    timeoutSeconds: null,
    copyToSender: null,
    whenDisabled: null,
    onUnknown: null,
    smtp: {
      hostname: null,
      port: null,
      encryption: null,
      authentication: null,
      allowCleartextAuthentication: null,
      password: null,
    },
    smime: { sign: null, encrypt: null, certificateId: null },
    limits: { preset: null, maxConnections: null, mailsPerMinute: null, recipientsPerDay: null },
  };
  const set: OutgoingServerPatch = {
    timeoutSeconds: 5,
    copyToSender: 'auto',
    whenDisabled: 'hold',
    onUnknown: 'resend',
    smtp: { port: 465, encryption: 'implicit', password: 'new' },
    smime: { certificateId: 'mine' },
    limits: { preset: 'exchange-online', mailsPerMinute: 10 },
    exchange: { connectionId: 'c1' },
  };
  await (
    await given(t, put(workingPut), patch(set)).when(patch(reset))
  ).thenContent(() => ({
    ...defaultContent,
    exchange: { connectionId: 'c1' },
    smtp: { ...defaultContent.smtp, username: 'erp@acme.example' },
  }));
  const renamed = patch({ senderAddress: { address: 'new@acme.example' } });
  await (
    await given(t, put(workingPut)).when(renamed)
  ).thenContent((before) => ({
    ...before,
    senderAddress: { name: 'ACME GmbH', address: 'new@acme.example' },
  }));
});

test('PATCH takes no field that the settings do not have', (t) => {
  const hostile: OutgoingServerPatch = JSON.parse(
    '{"__proto__":{"enabled":true},"smtp":{"__proto__":{"hostname":"evil"},"extra":1},"extra":1}',
  );
  t.strictSame(planPatch(hostile, working), { content: working.content, newSecrets: [], findings: [] });
  t.end();
});

test('a new password is sealed for the destination of the content it comes with', async (t) => {
  const plan = planPatch({ smtp: { hostname: 'other.example', password: 'x' } }, working);
  t.equal(plan.content.smtp.password, null);
  t.strictSame(plan.newSecrets[0]?.binding, smtpPasswordBinding(working.resource, plan.content.smtp));
  t.strictSame(findingsOf(plan), []);
  const content = await sealPlan(plan, outgoingServerKind, now, seal);
  t.strictSame(validateContent(content), []);
  t.not(content.smtp.password?.sealed.destination, password?.sealed.destination);
  await t.rejects(
    sealPlan(plan, outgoingServerKind, now, () => Promise.reject(new Error('no key'))),
    { message: 'no key' },
  );
});

test('a change that changes nothing makes no event', async (t) => {
  const {
    smtp: { password: _password, ...smtp },
    ...rest
  } = workingPut;
  (await given(t, put(workingPut)).when(put({ ...rest, smtp }))).thenUnchanged();
  (await given(t, put(workingPut)).when(patch({}))).thenUnchanged();
  (
    await given(t, put(workingPut)).when(patch({ smtp: { hostname: 'mail.acme.example', port: null } }))
  ).thenUnchanged();
  (await given(t, put(workingPut)).when(revert(1))).thenUnchanged();
  (await given(t).when(revert(0))).thenUnchanged();
  await (await given(t, put(workingPut)).when(put(workingPut))).thenContent((before) => before);
});

test('a password is always a change, even the same one or the only thing', (t) => {
  const request = patch({ smtp: { password: 'S3cret' } });
  for (const state of [initial, working]) {
    t.equal(decideChange(commandOf(request, state.version), state).outcome, 'changed');
  }
  t.end();
});

test('refuses a change when the version moved', (t) => {
  for (const version of [0, 2]) {
    const decision = decideChange(commandOf(patch({ enabled: true, timeoutSeconds: -1 }), version), working);
    t.strictSame(decision, { outcome: 'refused', code: 'version-conflict', findings: [], users: [] });
  }
  t.end();
});

test('a revert brings the content of a version back, its sealed password included', async (t) => {
  const past = [put(workingPut), patch({ timeoutSeconds: 30, smtp: { password: 'newer' } })];
  const state = await serverAfter(...past);
  const event = await decidedEvent(revert(1), state);
  t.strictSame(event?.data.content, working.content);
  t.match(event?.data, { operation: 'revert', revertedTo: 1, expectedVersion: 2 });
  await (await given(t, ...past).when(revert(0))).thenContent(() => defaultContent);
});

test('refuses a revert to a version that does not exist', async (t) => {
  for (const version of [2, -1, 0.5, NaN]) {
    (await given(t, put(workingPut)).when(revert(version))).thenRefused(['/version', 'version-unknown']);
  }
});

test('while sending is off everything structural is accepted', async (t) => {
  const smtp = { hostname: '-', port: 0, authentication: 'windows', clientCertificateId: 'x' } as const;
  const nonsense: OutgoingServerPatch = { timeoutSeconds: -1, senderAddress: { address: '' }, smtp };
  await (
    await given(t).when(patch(nonsense))
  ).thenContent((before) => ({
    ...before,
    timeoutSeconds: -1,
    senderAddress: { address: '' },
    smtp: {
      ...before.smtp,
      ...smtp,
      identityGrant: { grantedAt: now, destination: 'btHkxIwxt_A6BY199PfK4duGzJA_pWxiKbY37AI7cIA' },
    },
  }));
});

test('refuses a masked or broken password even while sending is off', async (t) => {
  const masks = [
    '***',
    '********',
    '•••',
    '●●●●',
    '···',
    '………',
    '*•●·…',
    '[sealed]',
    '[redacted]',
    ' [SEALED] ',
  ];
  for (const mask of masks) {
    const request = patch({ smtp: { password: mask } });
    (await given(t).when(request)).thenRefused(['/smtp/password', 'secret-is-a-mask']);
    (await given(t, put(workingPut)).when(request)).thenRefused(['/smtp/password', 'secret-is-a-mask']);
  }
  (await given(t).when(patch({ smtp: { password: 'a\uD800' } }))).thenRefused([
    '/smtp/password',
    'wrong-format',
  ]);
  for (const secret of ['**', '***a', 'xxxx', 'sealed', '.....', ' ']) {
    const decision = decideChange(commandOf(patch({ smtp: { password: secret } }), 1), working);
    t.equal(decision.outcome, 'changed', secret);
  }
});

test('a masked password leaves the stored one in place', (t) => {
  const plan = planPatch({ smtp: { password: '***' } }, working);
  t.strictSame(plan.content, working.content);
  t.strictSame(plan.newSecrets, []);
  t.strictSame(pairs(findingsOf(plan)), [['/smtp/password', 'secret-is-a-mask']]);
  t.end();
});

test('a mask is told together with everything else, once', async (t) => {
  const request = patch({ enabled: true, smtp: { password: '***', authentication: 'password' } });
  (await given(t).when(request)).thenRefused(
    ['/senderAddress', 'sender-address-required'],
    ['/smtp/hostname', 'hostname-required'],
    ['/smtp/username', 'username-required'],
    ['/smtp/password', 'secret-is-a-mask'],
  );
});

test('a password is never kept for another destination', async (t) => {
  const elsewhere: readonly SmtpPatch[] = [
    { hostname: 'evil.example' },
    { port: 588 },
    { encryption: 'implicit' },
    { encryption: 'none', allowCleartextAuthentication: true },
  ];
  for (const smtp of elsewhere) {
    const request = patch({ smtp });
    (await given(t, put(workingPut)).when(request)).thenRefused(['/smtp/password', 'secret-required']);
  }
  for (const smtp of [{ hostname: 'MAIL.acme.example.' }, { port: 587 }, { username: 'other' }]) {
    const decision = decideChange(commandOf(patch({ smtp }), 1), working);
    t.equal(decision.outcome, 'changed', JSON.stringify(smtp));
  }
  const off = patch({ enabled: false, smtp: { hostname: 'other.example' } });
  (await given(t, put(workingPut), off).when(patch({ enabled: true }))).thenRefused([
    '/smtp/password',
    'secret-required',
  ]);
  const trusted = withSmtp(working.content, { trustedCertificateId: 'own-ca' });
  t.strictSame(pairs(validateContent(trusted)), [
    ['/smtp/password', 'secret-required'],
    ['/smtp/trustedCertificateId', 'certificate-unknown'],
  ]);
});

test('the destination follows host, effective port, encryption, trust and mechanism', (t) => {
  const smtp = { ...working.content.smtp, hostname: 'MAIL.Acme.example.' };
  t.strictSame(smtpDestination(smtp), {
    kind: 'smtp',
    host: 'mail.acme.example',
    port: 587,
    encryption: 'starttls',
    trust: 'system',
    mechanism: 'password',
  });
  t.match(smtpDestination({ ...smtp, hostname: null, trustedCertificateId: 'ca' }), {
    host: '',
    trust: 'ca',
  });
  t.strictSame(
    (['none', 'starttls', 'implicit'] as const).map((encryption) => effectivePort({ ...smtp, encryption })),
    [25, 587, 465],
  );
  t.equal(effectivePort({ ...smtp, port: 2525 }), 2525);
  t.match(smtpPasswordBinding('outgoing-servers/x', smtp), {
    resource: 'outgoing-servers/x',
    field: '/smtp/password',
  });
  t.end();
});

/** Ways to break a working content, each in one place, and what has to be found there. */
const breakages: readonly (readonly [OutgoingServerPatch, string, string])[] = [
  [{ senderAddress: null }, '/senderAddress', 'sender-address-required'],
  [{ senderAddress: { address: 'a@b,c@d' } }, '/senderAddress/address', 'address-invalid'],
  [{ timeoutSeconds: 4 }, '/timeoutSeconds', 'timeout-out-of-range'],
  [{ timeoutSeconds: 3601 }, '/timeoutSeconds', 'timeout-out-of-range'],
  [{ smtp: { hostname: null } }, '/smtp/hostname', 'hostname-required'],
  [{ smtp: { hostname: ' ' } }, '/smtp/hostname', 'hostname-required'],
  [{ smtp: { hostname: 'mail.acme.example:587' } }, '/smtp/hostname', 'hostname-invalid'],
  [{ smtp: { port: 0 } }, '/smtp/port', 'port-out-of-range'],
  [{ smtp: { port: 65536 } }, '/smtp/port', 'port-out-of-range'],
  [{ smtp: { username: null } }, '/smtp/username', 'username-required'],
  [{ smtp: { username: '' } }, '/smtp/username', 'username-required'],
  [{ smtp: { password: null } }, '/smtp/password', 'password-required'],
  [{ smtp: { encryption: 'none' } }, '/smtp/allowCleartextAuthentication', 'cleartext-authentication'],
  [{ smtp: { clientCertificateId: 'c' } }, '/smtp/clientCertificateId', 'certificate-unknown'],
  [{ smtp: { trustedCertificateId: 'c' } }, '/smtp/trustedCertificateId', 'certificate-unknown'],
  [{ smime: { sign: true } }, '/smime/certificateId', 'certificate-required'],
  [{ smime: { encrypt: 'required' } }, '/smime/certificateId', 'certificate-required'],
  [{ limits: { maxConnections: 0 } }, '/limits/maxConnections', 'limit-out-of-range'],
  [{ limits: { maxConnections: 101 } }, '/limits/maxConnections', 'limit-out-of-range'],
  [{ limits: { mailsPerMinute: 0 } }, '/limits/mailsPerMinute', 'limit-out-of-range'],
  [{ limits: { recipientsPerDay: 99 } }, '/limits/recipientsPerDay', 'limit-out-of-range'],
];

function merged(patches: readonly OutgoingServerPatch[]): OutgoingServerPatch {
  const smtp = Object.assign({}, { password: 'fresh' }, ...patches.map((one) => one.smtp));
  const smime = Object.assign({}, ...patches.map((one) => one.smime));
  const limits = Object.assign({}, ...patches.map((one) => one.limits));
  return Object.assign({}, ...patches, { smtp, smime, limits });
}

test('finds everything that is wrong at once', (t) => {
  const property = fc.property(
    fc.uniqueArray(fc.constantFrom(...breakages), { selector: ([, pointer]) => pointer.slice(0, 14) }),
    (chosen) => {
      const request = patch(merged(chosen.map(([broken]) => broken)));
      const decision = decideChange(commandOf(request, 1), working);
      const found = decision.outcome === 'refused' ? pairs(decision.findings) : [];
      const wanted = sorted(chosen.map(([, pointer, code]) => [pointer, code] as const));
      assert.deepEqual(found, wanted);
    },
  );
  for (const [broken, pointer, code] of breakages) {
    const decision = decideChange(commandOf(patch(merged([broken])), 1), working);
    t.match(decision, { outcome: 'refused', findings: [{ pointer, code }] });
  }
  t.doesNotThrow(() => fc.assert(property, { numRuns: 200 }));
  t.end();
});

test('switching on tells all that is missing', async (t) => {
  (await given(t).when(patch({ enabled: true }))).thenRefused(
    ['/senderAddress', 'sender-address-required'],
    ['/smtp/hostname', 'hostname-required'],
    ['/smtp/username', 'username-required'],
    ['/smtp/password', 'password-required'],
  );
  (await given(t).when(patch({ enabled: true, serverType: 'exchange' }))).thenRefused(
    ['/senderAddress', 'sender-address-required'],
    ['/exchange/connectionId', 'exchange-connection-required'],
  );
});

test('only the half in use counts, and only what the authentication needs', async (t) => {
  const exchange = patch({
    serverType: 'exchange',
    exchange: { connectionId: 'c' },
    smtp: { hostname: '-', port: 0 },
  });
  (await given(t, put(workingPut)).when(exchange)).thenRefused([
    '/exchange/connectionId',
    'exchange-connection-unknown',
  ]);
  const none = withSmtp(working.content, {
    authentication: 'none',
    encryption: 'none',
    username: null,
    password: null,
  });
  t.strictSame(validateContent(none), []);
  for (const hostname of ['192.0.2.1', '2001:db8::1', 'mailserver', 'post.müller.de']) {
    t.strictSame(validateContent(withSmtp(none, { hostname })), [], hostname);
  }
  const cleartext = withSmtp(working.content, {
    encryption: 'none',
    port: 587,
    allowCleartextAuthentication: true,
  });
  t.strictSame(pairs(validateContent(cleartext)), [['/smtp/password', 'secret-required']]);
});

test('Windows authentication needs no further input, NTLM a domain user, either an encryption', (t) => {
  const windows = (changes: Partial<OutgoingServerContent['smtp']>) => {
    const content = withSmtp(working.content, { authentication: 'windows', ...changes });
    const body = { smtp: { authentication: 'windows' } };
    const granting = { body, before: working.content, grantedAt: now };
    return pairs(validateContent(outgoingServerKind.granted(content, granting)));
  };
  const nobody = { username: null, password: null };
  t.strictSame(windows(nobody), []);
  t.strictSame(windows({}), [], 'the login of another way to sign in may stay behind');
  t.strictSame(windows({ ...nobody, windowsMechanism: 'kerberos' }), []);
  t.strictSame(windows({ ...nobody, windowsMechanism: 'ntlm' }), [
    ['/smtp/password', 'password-required'],
    ['/smtp/username', 'username-required'],
  ]);
  t.strictSame(windows({ windowsMechanism: 'ntlm' }), [['/smtp/password', 'secret-required']]);
  const cleartext = { ...nobody, encryption: 'none' } as const;
  t.strictSame(windows(cleartext), [['/smtp/allowCleartextAuthentication', 'cleartext-authentication']]);
  t.strictSame(windows({ ...cleartext, allowCleartextAuthentication: true }), []);
  for (const servicePrincipal of ['SMTPSVC', 'SMTPSVC/', 'SMTPSVC@host', 'a/b@REALM', 'a/b c', '/b']) {
    t.strictSame(
      windows({ servicePrincipal }),
      [['/smtp/servicePrincipal', 'service-principal-invalid']],
      servicePrincipal,
    );
  }
  t.strictSame(windows({ servicePrincipal: 'SMTPSVC/mail.acme.example' }), []);
  t.end();
});

test('a password is sealed for one way to sign in', (t) => {
  const digests = new Set(
    (
      [
        { authentication: 'password' },
        { authentication: 'windows' },
        { authentication: 'windows', windowsMechanism: 'ntlm' },
      ] as const
    ).map((smtp) => smtpPasswordBinding('x', withSmtp(working.content, smtp).smtp).destination),
  );
  t.equal(digests.size, 3);
  t.end();
});

test('a revert that would switch on what cannot be used is refused', (t) => {
  const content = withSmtp(working.content, { hostname: 'evil.example' });
  const { resource } = working;
  const change = { resource, operation: 'put', revertedTo: null, actor: anna, reason: null } as const;
  const pastTheApi = eventOf('settingsChanged', { ...change, expectedVersion: 1, content });
  const off = eventOf('settingsChanged', { ...change, expectedVersion: 2, content: defaultContent });
  const state = [pastTheApi, off].reduce(evolved, working);
  t.match(decideChange(commandOf(revert(2), 3), state), {
    outcome: 'refused',
    findings: [{ pointer: '/smtp/password', code: 'secret-required' }],
  });
  t.equal(decideChange(commandOf(revert(1), 3), state).outcome, 'changed');
  t.end();
});
