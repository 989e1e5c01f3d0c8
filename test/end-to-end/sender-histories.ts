/*
 * Random histories of keys that may send as few: mails, resends of mails of others, corrected addresses, actions on many
 * mails, redirects in between and restarts. Every address that a message shows as its author has to be allowed to everybody
 * who has asked for that mail.
 */
import fc from 'fast-check';
import type { CreatedApiKey, MailStatus } from '@postausgang/contracts';
import { type CapturingSmtpServer, startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import { insisting, type Redirected } from './redirect-histories.ts';
import { callApi } from './service-process.ts';

const senders = { one: 'one@acme.example', two: 'two@shop.example' } as const;
const defaultSender = 'erp@acme.example';
const target = 'test@qa.example';
const addresses = [...Object.values(senders), 'x@shop.example', defaultSender, 'ceo@stranger.example'];

/** What each key may send as, in the simplest words. `ceo@stranger.example` is nobody's. */
const keys: Readonly<
  Record<string, { readonly limits: (ids: typeof senders) => object; readonly may: readonly string[] }>
> = {
  free: { limits: () => ({}), may: addresses.slice(0, 4) },
  one: { limits: ({ one }) => ({ senders: [one] }), may: [senders.one] },
  fallback: {
    limits: ({ two }) => ({ senders: ['default', two] }),
    may: [defaultSender, senders.two],
  },
  shop: { limits: () => ({ senderDomains: ['shop.example'] }), may: [senders.two, 'x@shop.example'] },
  none: { limits: () => ({ senders: [] }), may: [] },
};

const key = fc.constantFrom(...Object.keys(keys));
const address = fc.constantFrom(...addresses);
const maybe = (value: fc.Arbitrary<string>) => fc.option(value, { nil: undefined, freq: 2 });
const seldom = (value: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: value });

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('mail' as const),
      key,
      from: maybe(address),
      sender: maybe(fc.constantFrom('one', 'two')),
      replyTo: seldom(address),
      bounceAddress: seldom(address),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('finished' as const),
      key,
      from: address,
      replyTo: seldom(address),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('resend' as const),
      key,
      which: fc.nat(),
      corrects: fc.boolean(),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resend all' as const), key }) },
  { weight: 2, arbitrary: fc.boolean().map((on) => ({ kind: 'redirect' as const, on })) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

export const senderHistories = (steps: { readonly minLength: number; readonly maxLength: number }) =>
  fc.array(step, steps);

/** A service, and how to call it with another key. */
export interface Sending extends Redirected {
  /** Where mails are. */
  readonly api: string;
}

export interface SenderStage {
  readonly server: CapturingSmtpServer;
  readonly wrong: readonly string[];
  /** How many messages were looked at. */
  looked(): number;
  play(service: Sending, steps: readonly Step[], restart: () => Promise<Sending>): Promise<void>;
}

/** At least this one goes out. */
const firstMail: Step = {
  kind: 'mail',
  key: 'free',
  from: undefined,
  sender: 'one',
  replyTo: undefined,
  bounceAddress: undefined,
};

/** A server that refuses every third recipient, so that there is something to resend. */
export async function startSenderStage(environmentName: string): Promise<SenderStage> {
  const askers = new Map<string, Set<string>>();
  const wrong: string[] = [];
  let looked = 0;
  let asked = 0;
  const server = await startSmtpServer({
    onRcptTo: () => ((asked += 1) % 3 === 0 ? { code: 550, text: '5.1.1 No such user' } : undefined),
    onMessage({ sender, mail }) {
      looked += 1;
      const subject = /m\d+$/.exec(mail.subject ?? '')?.[0] ?? '';
      const named = [mail.from, mail.replyTo].flatMap((field) => field?.value ?? []);
      const shown = [sender, ...named.map((one) => one.address ?? '')];
      for (const name of askers.get(subject) ?? ['nobody']) {
        for (const one of shown) {
          // A redirected message answers to the redirect address.
          if (one !== '' && one !== target && keys[name]?.may.includes(one) !== true)
            wrong.push(`${subject}: ${name} as ${one}`);
        }
      }
      return undefined;
    },
  });
  return {
    server,
    wrong,
    looked: () => looked,
    async play(first, steps, restart) {
      const stage = await setUp(first, environmentName);
      for (const one of [firstMail, ...steps]) {
        if (one.kind === 'restart') stage.use(await restart());
        else await act(stage, askers, one);
      }
      await stage.quiet();
    },
  };
}

async function setUp(first: Sending, environmentName: string) {
  const admin = insisting(first);
  const ids: Record<string, string> = {};
  for (const [name, of] of Object.entries(senders)) {
    const { body } = await admin.call('POST', '/v1/senders', { body: { name, address: of } });
    ids[name] = (body as { id: string }).id;
  }
  const secrets: Record<string, string> = {};
  for (const [name, { limits }] of Object.entries(keys)) {
    const scopes = ['mail:send', 'mail:read:all', 'mail:manage:all'];
    const body = { name, scopes, ...limits(ids as unknown as typeof senders) };
    const created = await admin.call('POST', '/v1/api-keys', { body });
    if (created.status !== 201) throw new Error(created.text);
    secrets[name] = (created.body as CreatedApiKey).key;
  }
  let service = first;
  return {
    ids,
    use: (again: Sending): void => void (service = again),
    admin: (): Redirected => insisting(service),
    as: (name: string): Redirected =>
      insisting({ call: (...request) => callApi(service.api, secrets[name] ?? '', ...request) }),
    async redirect(on: boolean): Promise<void> {
      const body = on
        ? { mode: 'redirect', to: [target], keep: ['acme.example'] }
        : { mode: 'live', environmentName };
      const headers = { 'if-match': '*', prefer: 'wait=applied' };
      const { status, text } = await insisting(service).call('PUT', '/v1/environment/sending-mode', {
        headers,
        body,
      });
      if (status !== 200) throw new Error(text);
    },
    quiet: () =>
      waitFor('nothing under way', async () => {
        const { body } = await insisting(service).call('GET', '/v1/mails/counts');
        const { queued, sending } = (body as { states: { queued: number; sending: number } }).states;
        return queued + sending === 0 ? true : undefined;
      }),
  };
}

type Stage = Awaited<ReturnType<typeof setUp>>;

async function act(
  stage: Stage,
  askers: Map<string, Set<string>>,
  one: Exclude<Step, { kind: 'restart' }>,
): Promise<void> {
  const subject = `m${askers.size}`;
  const takenBy = (status: number): void => {
    if (status !== 202) askers.delete(subject);
  };
  switch (one.kind) {
    case 'redirect':
      await stage.quiet();
      await stage.redirect(one.on);
      return;
    case 'mail': {
      const { from, sender, replyTo, bounceAddress } = one;
      const body = {
        to: [{ address: `kunde@example.com` }],
        subject,
        text: 'Anbei.',
        ...(from === undefined ? {} : { from: { address: from } }),
        ...(sender === undefined ? {} : { sender: { id: stage.ids[sender] } }),
        ...(replyTo === undefined ? {} : { replyTo: [{ address: replyTo }] }),
        ...(bounceAddress === undefined ? {} : { bounceAddress }),
      };
      askers.set(subject, new Set([one.key]));
      takenBy((await stage.as(one.key).call('POST', '/v1/mails', { body })).status);
      return;
    }
    case 'finished': {
      const replyTo = one.replyTo === undefined ? '' : `\r\nReply-To: ${one.replyTo}`;
      const text = `From: ${one.from}${replyTo}\r\nTo: kunde@example.com\r\nSubject: ${subject}\r\n\r\nAnbei.\r\n`;
      const headers = { 'content-type': 'message/rfc822' };
      askers.set(subject, new Set([one.key]));
      takenBy((await stage.as(one.key).call('POST', '/v1/mails/raw', { text, headers })).status);
      return;
    }
    case 'resend':
      await resend(stage, askers, one);
      return;
    case 'resend all':
      await resendAll(stage, askers, one.key);
      return;
    default:
      one satisfies never;
  }
}

const ended = ['failed', 'partly-sent', 'expired'];

async function mailsOf(
  stage: Stage,
): Promise<readonly { readonly id: string; readonly subject: string | null }[]> {
  const { body } = await stage.admin().call('GET', `/v1/mails?state=${ended.join()}&limit=200`);
  return (body as { items: { id: string; subject: string | null }[] }).items;
}

/** Whoever is refused has asked for nothing. */
async function resend(
  stage: Stage,
  askers: Map<string, Set<string>>,
  { key: name, which, corrects }: Extract<Step, { kind: 'resend' }>,
): Promise<void> {
  await stage.quiet();
  const mails = await mailsOf(stage);
  const mail = mails[which % Math.max(1, mails.length)];
  if (mail === undefined) return;
  const before = askers.get(mail.subject ?? '') ?? new Set();
  askers.set(mail.subject ?? '', new Set([...before, name]));
  const { recipients } = (await stage.admin().call('GET', `/v1/mails/${mail.id}`)).body as MailStatus;
  const corrected = [{ address: recipients[0]?.address, correctedAddress: 'neu@example.com' }];
  const body = { confirmRedirected: true, ...(corrects ? { recipients: corrected } : {}) };
  const { status } = await stage.as(name).call('POST', `/v1/mails/${mail.id}/resend`, { body });
  if (status !== 200) askers.set(mail.subject ?? '', before);
}

async function resendAll(stage: Stage, askers: Map<string, Set<string>>, name: string): Promise<void> {
  await stage.quiet();
  const mails = await mailsOf(stage);
  const before = mails.map(
    ({ subject }) => [subject ?? '', askers.get(subject ?? '') ?? new Set<string>()] as const,
  );
  for (const [subject, known] of before) askers.set(subject, new Set([...known, name]));
  const body = { verb: 'resend', filter: {}, confirmRedirected: true };
  const begun = await stage.as(name).call('POST', '/v1/mails/actions', { body });
  if (begun.status !== 202) {
    for (const [subject, known] of before) askers.set(subject, known);
    return;
  }
  const path = `/v1/mails/actions/${(begun.body as { id: string }).id}`;
  await waitFor('the end of the action', async () => {
    const { body: status } = await stage.as(name).call('GET', path);
    return Reflect.get(Object(status), 'state') === 'finished' ? true : undefined;
  });
}
