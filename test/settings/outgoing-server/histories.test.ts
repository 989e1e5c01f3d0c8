import assert from 'node:assert/strict';
import { events, OutgoingServerPatchSchema } from '@postausgang/contracts';
import type {
  EventOf,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
} from '@postausgang/contracts';
import {
  changesOf,
  completeContent,
  createSettingsState,
  defaultContent,
  defaultServerOf,
  evolveSettings,
  validateContent,
} from '@postausgang/settings';
import type { OutgoingServerState } from '@postausgang/settings';
import { Value } from '@sinclair/typebox/value';
import fc from 'fast-check';
import { test } from 'tap';
import {
  commandOf,
  decideChange,
  decidedEvent,
  differences,
  eventOf,
  evolved,
  initial,
  planPatch,
  type ChangeRequest,
  workingPut,
} from '../fixture.ts';

const oneOf = <const T extends readonly unknown[]>(...values: T) => fc.constantFrom<T[number]>(...values);

const smtpPatches = {
  hostname: oneOf('mail.acme.example', 'MAIL.acme.example.', 'other.example', '-', null),
  port: oneOf(25, 587, 0, null),
  encryption: oneOf('none', 'starttls', 'implicit', null),
  authentication: oneOf('none', 'windows', 'password', null),
  username: oneOf('erp', '', null),
  allowCleartextAuthentication: oneOf(true, false, null),
  trustedCertificateId: oneOf('ca', null, null),
  password: oneOf('S3cret', 'other', '***', null),
};
const smimePatches = { sign: oneOf(true, false, null), encrypt: oneOf('off', 'off', 'required', null) };
const exchangePatches = { connectionId: oneOf('c1', null) };
const limitsPatches = {
  preset: oneOf('none', 'exchange-online', null),
  maxConnections: oneOf(3, 0, null),
  mailsPerMinute: oneOf(30, null),
  recipientsPerDay: oneOf(10_000, null),
};
const commonPatches = {
  enabled: fc.boolean(),
  serverType: oneOf('smtp', 'smtp', 'smtp', 'exchange'),
  senderAddress: oneOf({ address: 'erp@acme.example' }, { name: 'ACME', address: 'a@b,c@d' }, null),
  timeoutSeconds: oneOf(60, 60, 4, null),
  copyToSender: oneOf('off', 'bcc', null),
  whenDisabled: oneOf('hold', null),
  onUnknown: oneOf('hold', 'resend', 'reconcile', null),
};
const partly = { requiredKeys: [] };
const patches = fc.record(
  {
    ...commonPatches,
    smtp: fc.record(smtpPatches, partly),
    exchange: fc.record(exchangePatches, partly),
    smime: fc.record(smimePatches, partly),
    limits: fc.record(limitsPatches, partly),
  },
  partly,
) as fc.Arbitrary<OutgoingServerPatch>;

// A patch without its nulls, and with what PUT demands, is a PUT.
const puts = patches.map((patch): OutgoingServerPut => {
  const body = JSON.parse(
    JSON.stringify({ enabled: false, serverType: 'smtp', ...patch }, (_name, value) => value ?? undefined),
  );
  return { smtp: {}, exchange: {}, ...body };
});
const requests: fc.Arbitrary<ChangeRequest> = fc.oneof(
  { weight: 4, arbitrary: patches.map((body) => ({ operation: 'patch', body }) as const) },
  { weight: 2, arbitrary: puts.map((body) => ({ operation: 'put', body }) as const) },
  { weight: 2, arbitrary: fc.nat({ max: 6 }).map((version) => ({ operation: 'revert', version }) as const) },
  { weight: 1, arbitrary: fc.constant({ operation: 'put', body: workingPut } as const) },
);
const histories = fc.array(requests, { minLength: 1, maxLength: 15 });

interface Past {
  readonly state: OutgoingServerState;
  readonly accepted: readonly EventOf<'settingsChanged'>[];
}

async function replay(history: readonly ChangeRequest[]): Promise<Past> {
  const accepted: EventOf<'settingsChanged'>[] = [];
  let state = initial;
  for (const request of history) {
    const event = await decidedEvent(request, state);
    if (event === undefined) continue;
    accepted.push(event);
    state = evolved(state, event);
  }
  return { state, accepted };
}

const isSame = (a: unknown, b: unknown): boolean => Value.Equal(a, b);
const contentsOf = (state: OutgoingServerState): OutgoingServerContent[] => [
  defaultContent,
  ...[...changesOf(state)].toReversed().map(({ content }) => content),
];

test('whatever the requests, each version is what its event said and can come back', async (t) => {
  const seen = { enabled: 0, reverts: 0 };
  const property = fc.asyncProperty(histories, async (history) => {
    const { state, accepted } = await replay(history);
    assert.equal(state.version, accepted.length);
    for (const [index, event] of accepted.entries()) {
      const { operation, revertedTo } = event.data;
      const content = completeContent(event.data.content);
      assert.equal(content, event.data.content, 'what is written is complete');
      assert.ok(Value.Check(events.settingsChanged.data, event.data));
      assert.equal(contentsOf(state)[index + 1], content);
      assert.ok(!content.enabled || validateContent(content).length === 0, 'on only without findings');
      assert.equal(operation === 'revert', revertedTo !== null);
      if (revertedTo !== null) assert.ok(isSame(content, contentsOf(state)[revertedTo]));
      seen.enabled += Number(content.enabled);
      seen.reverts += Number(operation === 'revert');
    }
  });
  await t.resolves(fc.assert(property, { numRuns: 300 }));
  t.ok(seen.enabled > 50 && seen.reverts > 50, 'the histories are worth it');
  t.comment(seen);
});

test('a merge patch changes what it names and nothing else', async (t) => {
  const property = fc.asyncProperty(histories, patches, async (history, patch) => {
    assert.ok(Value.Check(OutgoingServerPatchSchema, patch));
    const { state } = await replay(history);
    const { content, newSecrets } = planPatch(patch, state);
    const named = pointersOf(patch);
    const withoutPassword = { ...content, smtp: { ...content.smtp, password: state.content.smtp.password } };
    const changed = differences(state.content, newSecrets.length === 0 ? content : withoutPassword);
    const isNamed = (pointer: string): boolean =>
      named.has(pointer) || (pointer.startsWith('/senderAddress/') && named.has('/senderAddress'));
    assert.deepEqual(
      changed.filter(({ pointer }) => !isNamed(pointer)),
      [],
      'absent keeps',
    );
    const toDefault = differences(defaultContent, content).filter(
      ({ pointer }) => named.get(pointer) === null,
    );
    assert.deepEqual(toDefault, [], 'null resets');
  });
  await t.resolves(fc.assert(property, { numRuns: 300 }));
});

test('contents differ exactly where their differences say, in both directions', async (t) => {
  const property = fc.asyncProperty(histories, async (history) => {
    const { state } = await replay(history);
    const contents = contentsOf(state);
    for (const from of contents) {
      for (const to of contents) {
        const found = differences(from, to);
        assert.equal(found.length === 0, isSame(from, to));
        assert.deepEqual(
          differences(to, from),
          found.map((one) => ({ ...one, from: one.to, to: one.from })),
        );
      }
    }
  });
  await t.resolves(fc.assert(property, { numRuns: 60 }));
});

test('the same content again is no change', async (t) => {
  const property = fc.asyncProperty(histories, async (history) => {
    const { state } = await replay(history);
    const again = decideChange(commandOf({ operation: 'patch', body: {} }, state.version), state);
    assert.deepEqual(again, { outcome: 'unchanged', version: state.version });
    const stale = decideChange(commandOf({ operation: 'patch', body: {} }, state.version + 1), state);
    assert.ok(stale.outcome === 'refused' && stale.code === 'version-conflict');
  });
  await t.resolves(fc.assert(property, { numRuns: 50 }));
});

test('replicas agree, whatever is written twice or against an old version', async (t) => {
  const disturbances = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.boolean()), { maxLength: 20 });
  const property = fc.asyncProperty(histories, disturbances, async (history, disturbing) => {
    const { state, accepted } = await replay(history);
    const log: EventOf<'settingsChanged'>[] = [...accepted];
    for (const [at, pick, isDuplicate] of disturbing) {
      const event = accepted[pick % Math.max(accepted.length, 1)];
      if (event === undefined) continue;
      const first = log.indexOf(event) + 1;
      const disturbance = isDuplicate
        ? event
        : eventOf('settingsChanged', { ...event.data, content: defaultContent });
      log.splice(first + (at % (log.length - first + 1)), 0, disturbance);
    }
    const replicas = [createSettingsState(), createSettingsState()] as const;
    const verdicts = replicas.map((replica) => log.map((event) => evolveSettings(replica, event)));
    assert.deepEqual(verdicts[0], verdicts[1]);
    assert.deepEqual(replicas[0], replicas[1]);
    assert.deepEqual(defaultServerOf(replicas[0]), state);
    assert.equal(verdicts[0]?.filter((verdict) => verdict === 'accepted').length, accepted.length);
  });
  await t.resolves(fc.assert(property, { numRuns: 150 }));
});

/** The pointers a patch names, with their values. */
function pointersOf(patch: OutgoingServerPatch): Map<string, unknown> {
  const { smtp = {}, exchange = {}, smime = {}, limits = {}, ...common } = patch;
  const pointers = new Map<string, unknown>(
    Object.entries(common).map(([name, value]) => [`/${name}`, value]),
  );
  for (const [section, fields] of Object.entries({ smtp, exchange, smime, limits })) {
    for (const [name, value] of Object.entries(fields)) pointers.set(`/${section}/${name}`, value);
  }
  return pointers;
}
