import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { test, type Test } from 'tap';
import type { MailRequested, OutgoingServerContent } from '@postausgang/contracts';
import { createPublisher } from '@postausgang/event-log';
import { composeMail, readRawMessage } from '@postausgang/message';
import { createSettingsState, defaultServerOf, evolveSettings } from '@postausgang/settings';
import { createSenderGuard } from '../../../services/mailer/src/engine/prepare-attempt.ts';
import { anna, eventOf } from '../../settings/fixture.ts';
import { senderChange, senderContent } from '../../settings/sender-content.ts';
import {
  active,
  createTransport,
  finished,
  mailEvents,
  minuteMs,
  openLog,
  openQueue,
  take,
} from './harness.ts';

type Policy = OutgoingServerContent['fromPolicy'];

/** The limits of the keys, by their ids. */
const keys = {
  free: {},
  one: { senders: ['one'] },
  fallback: { senders: ['default', 'two'] },
  shop: { senderDomains: ['shop.example'] },
  none: { senders: [] },
} as const;
type KeyId = keyof typeof keys;

/** Settings that change while mail waits, a queue that asks them, and what it has sent. */
async function setUp(t: Test) {
  const { log, directory } = await openLog(t);
  const state = createSettingsState();
  for (const [keyId, limits] of Object.entries(keys)) {
    const data = { keyId, name: keyId, sha256: keyId, scopes: ['mail:send' as const], expiresAt: null };
    const permissions = Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, [...value]]));
    evolveSettings(state, eventOf('apiKeyCreated', { ...data, actor: anna, ...permissions }));
  }
  const setPolicy = (fromPolicy: Policy): void => {
    const { content, version: expectedVersion } = defaultServerOf(state);
    const change = { resource: 'outgoing-servers/default', expectedVersion, operation: 'put' as const };
    const saved = { ...content, senderAddress: { address: 'erp@acme.example' }, fromPolicy };
    const who = { revertedTo: null, actor: anna, reason: null };
    evolveSettings(state, eventOf('settingsChanged', { ...change, ...who, content: saved }));
  };
  const setSender = (id: string, address: string, isActive = true): void => {
    const version = state.senders.resources.get(`senders/${id}`)?.version ?? 0;
    const content = senderContent({
      address,
      active: isActive,
      for: { kind: null, key: null, branch: null },
    });
    evolveSettings(state, eventOf('senderChanged', senderChange(id, version, content)));
  };
  const transport = createTransport();
  const bench = await openQueue(t, {
    log,
    directory,
    serving: active(transport),
    compose: composeMail,
    senders: () => state.senders,
    mayUseSenders: createSenderGuard({ state }),
  });
  const { clock } = bench;
  const mailer = createPublisher(log, {
    source: '/mailer/one',
    now: () => new Date(clock.nowMs()),
    newId: randomUUID,
  });
  const requested = async (data: MailRequested): Promise<void> => {
    const { position } = await mailer.publish('mailRequested', data.id, data);
    await bench.queue.waitFor(position);
  };
  const resend = async (mailId: string, key: KeyId): Promise<void> => {
    const id = randomUUID();
    const answer = bench.queue.answerTo(mailId, id);
    const data = { mailId, actor: key, requestedBy: key };
    await mailer.publish('mailResendRequested', mailId, data, { id, subject: mailId });
    await answer;
  };
  const settled = (id: string) => bench.until(id, 'sent', 'failed', 'deferred');
  return { ...bench, log, state, setPolicy, setSender, transport, requested, resend, settled };
}

const by = (key: KeyId) => ({ requestedBy: { kind: 'api-key' as const, id: key, name: key } });
const to = (id: string): string => `${id}@x.example`;

/** The content of a mail with this id. */
type Content = (id: string) => MailRequested;
const rawMail =
  (headers: string, from: string): Content =>
  (id) => ({
    id,
    envelope: { from, to: [to(id)] },
    raw: Buffer.from(`${headers}\r\nTo: ${to(id)}\r\nMessage-ID: <a@x>\r\nDate: x\r\n\r\nx\r\n`).toString(
      'base64',
    ),
  });
const composed =
  (more: Partial<MailRequested>): Content =>
  (id) => ({ id, to: [{ address: to(id) }], subject: 's', text: 'x', ...more });

test('a request from the log with a sender that is not allowed is set aside', async (t) => {
  const { request, until, transport, log, setPolicy, queue } = await setUp(t);
  setPolicy({ kind: 'known-or-domains', domains: [] });
  await request(composed({ from: { address: 'x@acme.example' } })('own'));
  await until('own', 'sent');
  const refused = [
    composed({ from: { address: 'ceo@stranger.example' } }),
    composed({ replyTo: [{ address: 'ceo@stranger.example' }] }),
    composed({ bounceAddress: 'ceo@stranger.example' }),
    rawMail('From: ceo@stranger.example', 'x@acme.example'),
    rawMail('From: x@acme.example\r\nSender: ceo@stranger.example', 'x@acme.example'),
    rawMail('From: x@acme.example\r\nReply-To: Chef:ceo@stranger.example;', 'x@acme.example'),
    rawMail('From: x@acme.example\r\nResent-From: ceo@stranger.example', 'x@acme.example'),
    rawMail('From: x@acme.example', 'ceo@stranger.example'),
    rawMail('From: nobody', 'x@acme.example'),
  ];
  for (const [index, content] of refused.entries()) {
    const id = `m${index}`;
    await request(content(id));
    await until(id, 'failed');
    t.match((await mailEvents(log)).at(-1), {
      type: 'io.postausgang.mail-refused.v1',
      data: { mailId: id, code: 'sender-not-allowed', detail: /acme\.example/ },
    });
  }
  t.equal(queue.refusals({ limit: 50 }).items.length, refused.length);
  await request(rawMail('From: x@acme.example', '')('null-sender'));
  await until('null-sender', 'sent');
  t.equal(transport.sends.length, 2);
});

test('whoever resends a mail of somebody else needs the right to its sender too', async (t) => {
  const { requested, resend, until, transport, setPolicy, setSender, queue } = await setUp(t);
  setPolicy({ kind: 'any', domains: [] });
  setSender('one', 'one@acme.example');
  transport.script = ({ envelope }) => finished(envelope.to, 'rejected');
  await requested({ ...composed({ from: { address: 'one@acme.example' } })('m'), ...by('free') });
  await until('m', 'failed');
  transport.script = take;
  await resend('m', 'shop');
  await until('m', 'failed');
  t.match(queue.status('m'), { round: 2, failure: { code: 'sender-not-allowed' } });
  t.equal(transport.sends.length, 1);
  await resend('m', 'one');
  await until('m', 'sent');
  t.equal(transport.sends.length, 2, 'the refusal was about that resend');
});

const addresses = ['erp@acme.example', 'one@acme.example', 'two@shop.example', 'x@sub.shop.example'] as const;
const address = fc.constantFrom(...addresses);
const keyId = fc.constantFrom(...(Object.keys(keys) as KeyId[]));
const content = fc.oneof(
  fc
    .record(
      { from: fc.record({ address }), replyTo: fc.array(fc.record({ address }), { maxLength: 2 }) },
      { requiredKeys: [] },
    )
    .map(composed),
  fc.constantFrom('one', 'two').map((id) => composed({ sender: { id } })),
  fc
    .tuple(address, fc.option(address), fc.oneof(address, fc.constant('')))
    .map(([from, replyTo, envelope]) =>
      rawMail(`From: ${from}${replyTo === null ? '' : `\r\nReply-To: ${replyTo}`}`, envelope),
    ),
);
const step = fc.oneof(
  fc.record({
    kind: fc.constant('policy' as const),
    policy: fc.record({
      kind: fc.constantFrom('any' as const, 'known' as const, 'known-or-domains' as const),
      domains: fc.constantFrom<string[]>([], ['shop.example'], ['*.shop.example', 'acme.example']),
    }),
  }),
  fc.record({
    kind: fc.constant('sender' as const),
    id: fc.constantFrom('one', 'two'),
    address,
    isActive: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant('mail' as const),
    key: fc.option(keyId),
    content,
    isDeferred: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('resend' as const), mail: fc.nat(), key: keyId }),
  fc.constant({ kind: 'wait' as const }),
);

type Step = typeof step extends fc.Arbitrary<infer One> ? One : never;
type Setup = Awaited<ReturnType<typeof setUp>>;

/** The rules once more, in the simplest words. */
function isAllowed({ state }: Pick<Setup, 'state'>, one: string, key: KeyId | null): boolean {
  const { fromPolicy } = defaultServerOf(state).content;
  const isBelow = (domains: readonly string[]): boolean =>
    domains.some((domain) =>
      domain.startsWith('*.') ? one.endsWith(domain.slice(1)) : one.endsWith(`@${domain}`),
    );
  const names = [...state.senders.resources]
    .filter(([, { content: of }]) => of?.active === true && of.address === one)
    .map(([name]) => name.replace('senders/', ''));
  if (one === 'erp@acme.example') names.push('default');
  const domains = fromPolicy.domains.length > 0 ? fromPolicy.domains : ['acme.example'];
  const isKnown = names.length > 0;
  const ofServer = { any: true, known: isKnown, 'known-or-domains': isKnown || isBelow(domains) };
  if (!ofServer[fromPolicy.kind]) return false;
  const limits: { readonly senders?: readonly string[]; readonly senderDomains?: readonly string[] } =
    key === null ? {} : keys[key];
  const isUnlimited = limits.senders === undefined && limits.senderDomains === undefined;
  return (
    isUnlimited || names.some((name) => limits.senders?.includes(name)) || isBelow(limits.senderDomains ?? [])
  );
}

/** Does the steps one by one; the senders of the messages that went out are compared with the rules of that moment. */
function walker(setup: Setup) {
  const { transport, queue, clock } = setup;
  const askedBy = new Map<string, readonly (KeyId | null)[]>();
  const wrong: string[] = [];
  let isDeferring = false;
  transport.script = (request, call) => {
    const { envelope, message } = request;
    const id = envelope.to[0]?.split('@')[0] ?? '';
    const read = readRawMessage(message.bytes, envelope, { isAccepted: true });
    const named = read.ok ? read.message.senders.map((one) => one.address ?? 'none') : ['unreadable'];
    for (const key of askedBy.get(id) ?? []) {
      for (const one of [...named, envelope.from].filter((it) => it !== '')) {
        if (!isAllowed(setup, one, key)) wrong.push(`${id}: ${key} as ${one}`);
      }
    }
    return isDeferring ? finished(envelope.to, 'deferred') : take(request, call);
  };
  const mail = async ({ key, content: contentOf, isDeferred }: Extract<Step, { kind: 'mail' }>) => {
    const id = `m${askedBy.size}`;
    askedBy.set(id, [key]);
    isDeferring = isDeferred;
    await (key === null ? setup.request(contentOf(id)) : setup.requested({ ...contentOf(id), ...by(key) }));
    await setup.settled(id);
  };
  const goOn = async () => {
    isDeferring = false;
    for (const id of askedBy.keys()) {
      if (queue.status(id)?.state === 'deferred') await clock.advance(60 * minuteMs);
      await setup.until(id, 'sent', 'failed');
    }
  };
  const resend = async ({ mail: number, key }: Extract<Step, { kind: 'resend' }>) => {
    await goOn();
    const id = `m${number % Math.max(askedBy.size, 1)}`;
    if (queue.status(id)?.state !== 'failed') return;
    askedBy.set(id, [askedBy.get(id)?.[0] ?? null, key]);
    await setup.resend(id, key);
    await setup.until(id, 'sent', 'failed');
  };
  const takeStep = async (one: Step): Promise<void> => {
    switch (one.kind) {
      case 'policy':
        return setup.setPolicy(one.policy);
      case 'sender':
        return setup.setSender(one.id, one.address, one.isActive);
      case 'mail':
        return mail(one);
      case 'resend':
        return resend(one);
      case 'wait':
        return goOn();
      default:
        return one satisfies never;
    }
  };
  return { take: takeStep, wrong };
}

test(
  'whatever the keys, the history and the settings: nobody sends as whom he may not',
  { timeout: 200_000 },
  async (t) => {
    let sent = 0;
    const property = fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      const setup = await setUp(t);
      const walk = walker(setup);
      setup.setPolicy({ kind: 'known-or-domains', domains: [] });
      for (const one of steps) await walk.take(one);
      await setup.queue.stop(1000);
      sent += setup.transport.sends.length;
      if (walk.wrong.length > 0) throw new Error(walk.wrong.join('\n'));
    });
    await fc.assert(property, { numRuns: 15 });
    t.ok(sent > 0, 'and some mail is sent');
  },
);
