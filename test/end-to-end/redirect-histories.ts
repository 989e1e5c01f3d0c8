/*
 * Random histories of a service whose mail is redirected again and again: mails of every kind, resends, actions on many
 * mails, other modes in between, and restarts. Whoever the server is asked for while a redirect is applied has to be a
 * target, or be kept.
 */
import fc from 'fast-check';
import type { MailStatus, SendingModeView } from '@postausgang/contracts';
import { type CapturingSmtpServer, startSmtpServer } from '../peers/smtp-server.ts';
import { waitFor } from '../peers/wait-for.ts';
import type { ApiAnswer, CallOptions } from './service-process.ts';

const customers = ['kunde@example.com', 'chef@example.com', 'archiv@example.org', 'einkauf@acme.example'];
const corrected = ['neu@example.com', 'neu@acme.example'];
const targets = ['test@qa.example', 'zweiter@qa.example'];
export const environmentName = 'Testsystem';

const some = (addresses: readonly string[], least = 0) =>
  fc.subarray([...addresses], { minLength: least }).map((all) => all.map((address) => ({ address })));

const mode = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      mode: fc.constant('redirect' as const),
      to: fc.subarray([...targets], { minLength: 1 }),
      keep: fc.subarray(['acme.example', 'chef@example.com']),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ mode: 'hold' as const, to: [], keep: [] }) },
  { weight: 1, arbitrary: fc.constant({ mode: 'live' as const, to: [], keep: [], environmentName }) },
);

const mail = fc.record({
  to: some(customers, 1),
  cc: some(customers),
  bcc: some(customers),
  bounceAddress: fc.constantFrom(undefined, 'bounces@example.com'),
  requestDsn: fc.constantFrom<{ readonly notify: readonly string[] } | undefined>(undefined, {
    notify: ['success', 'failure'],
  }),
  replyTo: some(['antwort@example.com']),
});

const step = fc.oneof(
  { weight: 3, arbitrary: mode.map((body) => ({ kind: 'mode' as const, body })) },
  { weight: 6, arbitrary: mail.map((body) => ({ kind: 'mail' as const, body })) },
  { weight: 2, arbitrary: some(customers, 1).map((to) => ({ kind: 'finished' as const, to })) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('resend' as const),
      which: fc.nat(),
      correctedAddress: fc.constantFrom(undefined, ...corrected),
      confirmRedirected: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('action' as const),
      verb: fc.constantFrom('resend', 'release', 'hold', 'cancel'),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'settle' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'restart' as const }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Histories that redirect before anything else, with as many steps as wanted. */
export const histories = (steps: { readonly minLength: number; readonly maxLength: number }) =>
  fc.array(step, steps);

/** The service, whichever log it has. */
export interface Redirected {
  call(method: string, path: string, options?: CallOptions): Promise<ApiAnswer>;
}

export interface RedirectStage {
  readonly server: CapturingSmtpServer;
  /** Plays a history with the service that `start` has started. `restart` ends it as a crash does, and starts it again. */
  play(service: Redirected, steps: readonly Step[], restart: () => Promise<Redirected>): Promise<void>;
  /** Who was asked for although nobody might be. */
  readonly outside: readonly string[];
  /** How many recipients the server was asked for while a redirect was applied. */
  redirected(): number;
}

/** A server that refuses some addresses, for good and for now, and loses some replies. */
export async function startRedirectStage(): Promise<RedirectStage> {
  const outside: string[] = [];
  let applied: Pick<SendingModeView, 'to' | 'keep'> | undefined;
  let redirected = 0;
  let asked = 0;
  const server = await startSmtpServer({
    onRcptTo(address) {
      asked += 1;
      if (applied !== undefined) {
        redirected += 1;
        const isKept = applied.keep.includes(address) || applied.keep.includes(address.split('@')[1] ?? '');
        if (!isKept && !applied.to.includes(address)) outside.push(address);
      }
      if (asked % 7 === 0) return { code: 550, text: '5.1.1 No such user' };
      return asked % 5 === 0 ? { code: 450, text: '4.2.1 The mailbox is busy' } : undefined;
    },
  });
  const change = async ({ call }: Redirected, body: object): Promise<void> => {
    applied = undefined;
    const answer = await call('PUT', '/v1/environment/sending-mode', {
      headers: { 'if-match': '*', prefer: 'wait=applied' },
      body,
    });
    if (answer.status !== 200) throw new Error(answer.text);
    const view = answer.body as SendingModeView;
    const isApplied = answer.headers.get('preference-applied') === 'wait=applied';
    applied = view.mode === 'redirect' && isApplied ? view : undefined;
  };
  return {
    server,
    outside,
    redirected: () => redirected,
    async play(first, steps, restart) {
      let service = insisting(first);
      const mails: string[] = [];
      for (const one of [firstMode, ...steps, ...lastSteps]) {
        if (one.kind === 'restart') service = insisting(await restart());
        else if (one.kind === 'mode') await change(service, one.body);
        else if (one.kind === 'settle') await settled(service);
        else await act(service, mails, one);
      }
    },
  };
}

/** What a client does with a 503: it repeats the request. A mail of a moment ago may not be known yet. */
export function insisting({ call }: Redirected): Redirected {
  return {
    call: (method, path, options) =>
      waitFor(`an answer to ${method} ${path}`, async () => {
        const answer = await call(method, path, options);
        return answer.status === 503 || (method === 'GET' && answer.status === 404) ? undefined : answer;
      }),
  };
}

const redirect = (keep: string[]) => ({
  kind: 'mode' as const,
  body: { mode: 'redirect' as const, to: ['test@qa.example'], keep },
});
const firstMode = redirect(['acme.example']);
const toAll: Step = {
  kind: 'mail',
  body: {
    to: [{ address: 'kunde@example.com' }],
    cc: [{ address: 'chef@example.com' }],
    bcc: [{ address: 'archiv@example.org' }],
    replyTo: [],
    bounceAddress: 'bounces@example.com',
    requestDsn: { notify: ['failure'] },
  },
};

/** Everything that is left is sent once more, and redirected. */
const lastSteps: readonly Step[] = [
  redirect([]),
  toAll,
  { kind: 'action', verb: 'release' },
  { kind: 'action', verb: 'resend' },
  { kind: 'settle' },
];

type Acting = Extract<Step, { kind: 'mail' | 'finished' | 'resend' | 'action' }>;

async function act({ call }: Redirected, mails: string[], one: Acting): Promise<void> {
  switch (one.kind) {
    case 'mail':
      mails.push(await accepted(call('POST', '/v1/mails', { body: { ...texts, ...one.body } })));
      return;
    case 'finished': {
      const to = one.to.map(({ address }) => `X-Envelope-To=${encodeURIComponent(address)}`).join('&');
      const headers = { 'content-type': 'message/rfc822' };
      mails.push(await accepted(call('POST', `/v1/mails/raw?${to}`, { text: finishedMessage, headers })));
      return;
    }
    case 'resend':
      await resend(call, mails[one.which % Math.max(1, mails.length)], one);
      return;
    case 'action': {
      const body = { verb: one.verb, filter: {} };
      const begun = await call('POST', '/v1/mails/actions', { body });
      if (begun.status !== 202) throw new Error(begun.text);
      const { id } = begun.body as { id: string };
      await waitFor('the end of the action', async () => {
        const { body: status } = await call('GET', `/v1/mails/actions/${id}`);
        return Reflect.get(Object(status), 'state') === 'finished' ? true : undefined;
      });
      return;
    }
    default:
      one satisfies never;
  }
}

const finishedMessage =
  'From: erp@acme.example\r\nTo: kunde@example.com\r\nSubject: fertig\r\n\r\nAnbei.\r\n';
const texts = { subject: 'Rechnung', text: 'Anbei.' };

async function accepted(answer: Promise<ApiAnswer>): Promise<string> {
  const { status, text, body } = await answer;
  if (status !== 202) throw new Error(text);
  return (body as { id: string }).id;
}

/** The answer does not matter: some mails cannot be sent again as they are. */
async function resend(
  call: Redirected['call'],
  id: string | undefined,
  { correctedAddress, confirmRedirected }: Extract<Step, { kind: 'resend' }>,
): Promise<void> {
  if (id === undefined) return;
  const { recipients } = (await call('GET', `/v1/mails/${id}`)).body as MailStatus;
  const address = recipients[0]?.address;
  const body = {
    force: true,
    confirmRedirected,
    ...(correctedAddress === undefined ? {} : { recipients: [{ address, correctedAddress }] }),
  };
  const { status, text } = await call('POST', `/v1/mails/${id}/resend`, { body });
  if (status >= 500) throw new Error(text);
}

/** Nothing is under way: what is left waits for a person or for its time. */
async function settled({ call }: Redirected): Promise<void> {
  await waitFor('nothing under way', async () => {
    const { body } = await call('GET', '/v1/mails/counts');
    const { queued, sending } = (body as { states: { queued: number; sending: number } }).states;
    return queued + sending === 0 ? true : undefined;
  });
}
