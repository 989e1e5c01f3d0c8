import {
  type ConnectionTest,
  type ConnectionTestList,
  type ConnectionTestRequest,
  type EventData,
  type ExchangeConnectionContent,
  type ExchangeConnectionTestRequest,
  finding,
  type Finding,
  type FindingCode,
} from '@postausgang/contracts';
import type { Fold, Publisher, WaitLimits } from '@postausgang/event-log';
import { ProblemError } from '@postausgang/http';
import {
  connectionTestList,
  connectionTestView,
  type ContentPlan,
  type ConnectionTestsState,
  defaultContent,
  exchangeConnectionKind,
  idOf,
  isValidAddress,
  outgoingServerKind,
  type OutgoingServerState,
  type PageRequest,
  type References,
  type ResourceKind,
  type Saved,
  sealPlan,
} from '@postausgang/settings';
import type { RouteContext } from './config-api.ts';
import { appendProblem, outcomeUnknown } from './settings/store.ts';

/*
 * What a test shows in its steps, or gets along without: a test is how settings are prepared, so it does not ask for
 * complete ones. Everything else leaves nothing to test, or would be ignored by it.
 */
const testableWith: ReadonlySet<FindingCode> = new Set([
  'sender-address-required',
  'client-secret-required',
  'password-required',
  'secret-required',
  'grant-required',
  'cleartext-authentication',
]);

function isObstacle({ pointer, code }: Finding): boolean {
  return !testableWith.has(code) && !pointer.startsWith('/smime/');
}

/**
 * The saved settings under a draft, as they are to be tested. Pointers into the draft begin with `/draft`.
 *
 * @throws ProblemError `settings-invalid` with everything that leaves nothing to test.
 */
function planTest<Content, Put, Patch extends object>(
  kind: ResourceKind<Content, Put, Patch | object>,
  {
    draft,
    ...addresses
  }: { readonly draft?: Patch } & Pick<ConnectionTestRequest, 'probe' | 'outsideAddress'>,
  saved: Saved<NonNullable<Content>>,
  references: References,
  grantedAt: string | null,
): ContentPlan<NonNullable<Content>> {
  const planned = kind.planPatch(draft ?? {}, saved);
  const granting = { body: draft ?? {}, before: saved.content, grantedAt };
  const plan = { ...planned, content: kind.granted(planned.content, granting) };
  const prefix = draft === undefined ? '' : '/draft';
  const inPlan = kind.findingsOf(plan, references).filter(isObstacle);
  const findings = [
    ...inPlan.map(({ pointer, code }) => finding(`${prefix}${pointer}`, code)),
    ...addressFindings(addresses),
  ];
  if (findings.length > 0) throw new ProblemError('settings-invalid', { findings });
  return plan;
}

/** Whether the addresses of a request are any. */
function addressFindings({
  probe,
  outsideAddress,
}: Pick<ConnectionTestRequest, 'probe' | 'outsideAddress'>): readonly Finding[] {
  const { to, from } = probe ?? {};
  const given = {
    '/probe/to': to,
    '/probe/from': from === to ? undefined : from,
    '/outsideAddress': outsideAddress,
  };
  return Object.entries(given)
    .filter(([, address]) => address !== undefined && !isValidAddress(address))
    .map(([pointer]) => finding(pointer, 'address-invalid'));
}

/** What is to be tested, its new secrets sealed. */
export type TestedContent = Pick<EventData<'connectionTestRequested'>, 'content' | 'exchangeConnection'>;

type Context = Pick<RouteContext, 'store' | 'seal' | 'now'>;

/** A server under a draft, and the Exchange connection it would use. */
export async function testedServer(
  { store, seal, now }: Context,
  saved: Pick<OutgoingServerState, 'resource' | 'content'>,
  request: ConnectionTestRequest,
  mayGrant: boolean,
): Promise<TestedContent> {
  const references = store.references();
  const at = now().toISOString();
  const plan = planTest(outgoingServerKind, request, saved, references, mayGrant ? at : null);
  const content = await sealPlan(plan, outgoingServerKind, at, seal);
  return { content, ...usedConnection(content, references) };
}

/** A connection under a draft, as the server would use it that sends as its mailbox. */
export async function testedConnection(
  { store, seal, now }: Context,
  saved: Saved<ExchangeConnectionContent>,
  request: ExchangeConnectionTestRequest,
  mayGrant: boolean,
): Promise<TestedContent> {
  const at = now().toISOString();
  const grantedAt = mayGrant ? at : null;
  const plan = planTest(exchangeConnectionKind, request, saved, store.references(), grantedAt);
  const { resource } = saved;
  const content = await sealPlan(plan, exchangeConnectionKind, at, seal);
  return {
    content: {
      ...defaultContent,
      serverType: 'exchange',
      senderAddress: content.email === null ? null : { address: content.email },
      exchange: { connectionId: idOf(exchangeConnectionKind, resource) ?? null },
    },
    exchangeConnection: { resource, content },
  };
}

function usedConnection(
  { serverType, exchange: { connectionId } }: TestedContent['content'],
  references: References,
): Pick<TestedContent, 'exchangeConnection'> {
  if (serverType !== 'exchange' || connectionId === null) return {};
  const content = references.exchangeConnection(connectionId);
  if (content === undefined) return {};
  return { exchangeConnection: { resource: `${exchangeConnectionKind.prefix}${connectionId}`, content } };
}

interface ConnectionTestsOptions {
  readonly fold: Fold<ConnectionTestsState>;
  readonly publisher: Publisher;
  readonly now: () => Date;
  /** How long a request waits until it comes back through the log. */
  readonly outcomeTimeoutMs: number;
}

const advice = 'Check the list of tests before you repeat the request.';

/** The connection tests of the resources. */
export interface ConnectionTests {
  list(resource: string, page: PageRequest): ConnectionTestList;
  find(resource: string, testId: string): ConnectionTest | undefined;
  /** Asks the mailers for a test; resolves when it can be found. Throws the problems of a failed append. */
  request(data: EventData<'connectionTestRequested'>): Promise<ConnectionTest>;
  /** The test when it has finished; undefined when it has not in time. */
  untilFinished(test: ConnectionTest, limits: WaitLimits): Promise<ConnectionTest | undefined>;
}

/** Looks at the requests for connection tests and their results, and asks for more. */
export function createConnectionTests(options: ConnectionTestsOptions): ConnectionTests {
  const { fold, publisher, now, outcomeTimeoutMs } = options;
  const { state } = fold;
  const nowMs = (): number => now().getTime();
  const find = (resource: string, testId: string): ConnectionTest | undefined =>
    connectionTestView(state, resource, testId, nowMs());
  const findFinished = ({ resource, id }: ConnectionTest): ConnectionTest | undefined => {
    const test = find(resource, id);
    return test?.state === 'running' ? undefined : test;
  };

  return {
    list: (resource, page) => connectionTestList(state, resource, page, nowMs()),
    find,
    async request(data) {
      try {
        await publisher.publish('connectionTestRequested', data.testId, data);
      } catch (error) {
        throw appendProblem(error, advice);
      }
      const test = await fold.until(() => find(data.resource, data.testId), { timeoutMs: outcomeTimeoutMs });
      if (test === undefined) throw outcomeUnknown(advice);
      return test;
    },
    untilFinished: (test, limits) => fold.until(() => findFinished(test), limits),
  };
}
