import {
  DiffSchema,
  HistorySchema,
  OutgoingServerVersionSchema,
  OutgoingServerViewSchema,
} from '@postausgang/contracts';
import type { ApplyStatus, OutgoingServerContent, StoredSecret } from '@postausgang/contracts';
import {
  changeByEvent,
  changesOf,
  defaultContent,
  outgoingServerKind,
  resourceDiff,
  resourceHistory,
  versionView,
} from '@postausgang/settings';
import type { OutgoingServerState } from '@postausgang/settings';
import { Value } from '@sinclair/typebox/value';
import { test } from 'tap';
import type { Test } from 'tap';
import type { TSchema } from '@sinclair/typebox';
import {
  anna,
  differences,
  eventOf,
  evolved,
  initial,
  now,
  pairs,
  patch,
  put,
  revert,
  serverAfter,
  workingPut,
} from '../fixture.ts';

const noMailer: ApplyStatus = { state: 'no-mailer', version: 0, mailers: [] };

function viewOf(server: OutgoingServerState) {
  const at = versionView(server, server.version);
  if (at === undefined) throw new Error('no version');
  return { ...at.settings, applied: noMailer };
}

const state = await serverAfter(
  put(workingPut),
  patch({ enabled: false, senderAddress: null, smtp: { hostname: 'other.example' } }),
  patch({ smtp: { password: 'other', encryption: 'implicit' }, timeoutSeconds: 90 }),
  revert(1),
);

/** The view has the form of the contract, with nothing besides, and holds no password. */
function conforms(t: Test, schema: TSchema, view: unknown): void {
  t.strictSame([...Value.Errors(schema, view)], []);
  t.strictSame(Value.Clean(schema, structuredClone(view)), view, 'nothing besides');
  t.notMatch(JSON.stringify(view), /sealed|ciphertext|S3cret|key-1/);
}

test('a server that was never saved shows the defaults', (t) => {
  const view = viewOf(initial);
  conforms(t, OutgoingServerViewSchema, view);
  const {
    smtp: { password: _password, identityGrant: _grant, ...smtp },
    ...rest
  } = defaultContent;
  t.strictSame(view, {
    ...rest,
    id: 'default',
    version: 0,
    smtp: {
      ...smtp,
      effectivePort: 587,
      passwordSet: false,
      passwordSetAt: null,
      identityGrantedAt: null,
    },
    warnings: view.warnings,
    applied: noMailer,
    updatedAt: null,
    updatedBy: null,
  });
  t.strictSame(pairs(view.warnings), [
    ['/senderAddress', 'sender-address-required'],
    ['/smtp/hostname', 'hostname-required'],
    ['/smtp/password', 'password-required'],
    ['/smtp/username', 'username-required'],
  ]);
  t.end();
});

test('the view says that a password is set and since when, never which', (t) => {
  const view = viewOf(state);
  conforms(t, OutgoingServerViewSchema, view);
  t.match(view, { version: 4, updatedAt: now, updatedBy: anna.name, warnings: [] });
  t.match(view.smtp, { passwordSet: true, passwordSetAt: now, effectivePort: 587 });
  t.notOk('password' in view.smtp);
  t.end();
});

test('a host changed past the API shows the password as required', (t) => {
  const content = { ...state.content, smtp: { ...state.content.smtp, hostname: 'evil.example' } };
  const data = {
    resource: state.resource,
    operation: 'put',
    revertedTo: null,
    actor: anna,
    reason: null,
  } as const;
  const event = eventOf('settingsChanged', { ...data, expectedVersion: 4, content });
  const view = viewOf(evolved(state, event));
  t.ok(view.enabled);
  t.strictSame(pairs(view.warnings), [['/smtp/password', 'secret-required']]);
  t.end();
});

test('the history tells newest first who changed what, secrets only as changed', (t) => {
  const history = resourceHistory(outgoingServerKind, state, { cursor: null, limit: 10 });
  conforms(t, HistorySchema, history);
  t.equal(history.nextCursor, null);
  const secret = { pointer: '/smtp/password', secret: true, from: null, to: null };
  const plain = (pointer: string, from: unknown, to: unknown) => ({ pointer, secret: false, from, to });
  t.match(
    history.items.map(({ version, operation, revertedTo }) => [version, operation, revertedTo]),
    [
      [4, 'revert', 1],
      [3, 'patch', null],
      [2, 'patch', null],
      [1, 'put', null],
    ],
  );
  t.strictSame(
    history.items.map(({ differences }) => differences),
    [
      [
        plain('/enabled', false, true),
        plain('/senderAddress/name', null, 'ACME GmbH'),
        plain('/senderAddress/address', null, 'erp@acme.example'),
        plain('/timeoutSeconds', 90, 60),
        plain('/smtp/hostname', 'other.example', 'mail.acme.example'),
        plain('/smtp/encryption', 'implicit', 'starttls'),
        secret,
      ],
      [plain('/timeoutSeconds', 60, 90), plain('/smtp/encryption', 'starttls', 'implicit'), secret],
      [
        plain('/enabled', true, false),
        plain('/senderAddress/name', 'ACME GmbH', null),
        plain('/senderAddress/address', 'erp@acme.example', null),
        plain('/smtp/hostname', 'mail.acme.example', 'other.example'),
      ],
      [
        plain('/enabled', false, true),
        plain('/senderAddress/name', null, 'ACME GmbH'),
        plain('/senderAddress/address', null, 'erp@acme.example'),
        plain('/smtp/hostname', null, 'mail.acme.example'),
        plain('/smtp/username', null, 'erp@acme.example'),
        secret,
      ],
    ],
  );
  t.match(history.items[0], { changedAt: now, changedBy: anna, reason: null });
  t.end();
});

test('the history comes in pages', (t) => {
  const versions = (cursor: string | null, limit: number) => {
    const { items, nextCursor } = resourceHistory(outgoingServerKind, state, { cursor, limit });
    return [items.map(({ version }) => version), nextCursor];
  };
  t.strictSame(versions(null, 3), [[4, 3, 2], '2']);
  t.strictSame(versions('2', 3), [[1], null]);
  t.strictSame(versions(null, 4), [[4, 3, 2, 1], null]);
  t.strictSame(versions('1', 3), [[], null]);
  t.strictSame(versions('nonsense', 3), [[], null]);
  t.strictSame(resourceHistory(outgoingServerKind, initial, { cursor: null, limit: 3 }), {
    items: [],
    nextCursor: null,
  });
  t.end();
});

test('every version can be seen as it was', (t) => {
  for (const version of [0, 1, 2, 3, 4]) {
    const view = versionView(state, version);
    conforms(t, OutgoingServerVersionSchema, view);
    t.equal(view?.settings.version, version);
    t.equal(view?.change?.version ?? 0, version);
  }
  t.equal(versionView(state, 0)?.change, null);
  t.match(versionView(state, 2)?.settings, {
    enabled: false,
    smtp: { hostname: 'other.example', passwordSet: true },
  });
  for (const version of [5, -1, 1.5]) t.equal(versionView(state, version), undefined);
  t.end();
});

test('any two versions can be compared, in both directions', (t) => {
  const diff = resourceDiff(outgoingServerKind, state, 1, 3);
  conforms(t, DiffSchema, diff);
  t.strictSame(
    diff?.differences.map(({ pointer }) => pointer),
    [
      '/enabled',
      '/senderAddress/name',
      '/senderAddress/address',
      '/timeoutSeconds',
      '/smtp/hostname',
      '/smtp/encryption',
      '/smtp/password',
    ],
  );
  const swapped = diff?.differences.map(({ from, to, ...rest }) => ({ ...rest, from: to, to: from }));
  t.strictSame(resourceDiff(outgoingServerKind, state, 3, 1)?.differences, swapped);
  t.strictSame(resourceDiff(outgoingServerKind, state, 1, 4), { from: 1, to: 4, differences: [] });
  t.equal(resourceDiff(outgoingServerKind, state, 0, 5), undefined);
  t.equal(resourceDiff(outgoingServerKind, state, 5, 0), undefined);
  t.end();
});

test('two secrets are the same only when all of them is', (t) => {
  const { password } = state.content.smtp;
  const sealed = password?.sealed;
  if (sealed === undefined) throw new Error('no password');
  const withPassword = (secret: StoredSecret): OutgoingServerContent => ({
    ...defaultContent,
    smtp: { ...defaultContent.smtp, password: secret },
  });
  const original = withPassword({ setAt: now, sealed });
  const others = [
    withPassword({ setAt: '2026-11-24T08:15:00Z', sealed }),
    ...(['keyId', 'destination'] as const).map((name) =>
      withPassword({ setAt: now, sealed: { ...sealed, [name]: '' } }),
    ),
    ...(['protected', 'aad', 'iv', 'ciphertext', 'tag'] as const).map((name) =>
      withPassword({ setAt: now, sealed: { ...sealed, jwe: { ...sealed.jwe, [name]: '' } } }),
    ),
    defaultContent,
  ];
  const secretOnly = [{ pointer: '/smtp/password', secret: true, from: null, to: null }];
  for (const other of others) t.strictSame(differences(original, other), secretOnly);
  t.strictSame(differences(original, structuredClone(original)), []);
  t.end();
});

test('a change is found by the event that made it', (t) => {
  for (const change of changesOf(state)) t.equal(changeByEvent(state, change.eventId), change);
  t.equal(changeByEvent(state, 'unknown'), undefined);
  t.end();
});
