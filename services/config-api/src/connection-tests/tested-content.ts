import type {
  ConnectionTestRequest,
  EventData,
  ExchangeConnectionContent,
  ExchangeConnectionTestRequest,
} from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http-server';
import {
  defaultContent,
  exchangeConnectionKind,
  idOf,
  outgoingServerKind,
  referencesOf,
  sealPlan,
} from '@postausgang/settings';
import type { OutgoingServerState, References, Saved } from '@postausgang/settings';
import type { RouteContext } from '../routes/route-context.ts';
import { planConnectionTest } from './plan-connection-test.ts';
import { planExchangeTest } from './plan-exchange-test.ts';

/** What is to be tested, its new secrets sealed. */
export type TestedContent = Pick<EventData<'connectionTestRequested'>, 'content' | 'exchangeConnection'>;

type Context = Pick<RouteContext, 'store' | 'seal' | 'now'>;

/** A server under a draft, and the Exchange connection it would use. */
export async function testedServer(
  { store, seal, now }: Context,
  saved: Pick<OutgoingServerState, 'resource' | 'content'>,
  request: ConnectionTestRequest,
): Promise<TestedContent> {
  const references = referencesOf(store.state);
  const planned = planConnectionTest(request, saved, references);
  if (!planned.ok) throw new ProblemError('settings-invalid', { findings: planned.findings });
  const content = await sealPlan(planned.plan, outgoingServerKind, now().toISOString(), seal);
  return { content, ...usedConnection(content, references) };
}

/** A connection under a draft, as the server would use it that sends as its mailbox. */
export async function testedConnection(
  { store, seal, now }: Context,
  saved: Saved<ExchangeConnectionContent>,
  request: ExchangeConnectionTestRequest,
): Promise<TestedContent> {
  const planned = planExchangeTest(request, saved, referencesOf(store.state));
  if (!planned.ok) throw new ProblemError('settings-invalid', { findings: planned.findings });
  const { resource } = saved;
  const content = await sealPlan(planned.plan, exchangeConnectionKind, now().toISOString(), seal);
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
