import type { ExchangeConnectionContent, ExchangeConnectionPut } from '@postausgang/contracts';
import {
  decideResourceChange,
  defaultContent,
  type ExchangeConnectionState,
  exchangeConnectionKind,
  evolveSettings,
  createSettingsState,
  initialState,
  noReferences,
  type References,
  type ResourceRequest,
  sealPlan,
} from '@postausgang/settings';
import type { ExchangeConnectionPatch } from '@postausgang/contracts';
import { anna, eventOf, now, seal } from '../fixture.ts';

export type Request = ResourceRequest<ExchangeConnectionPut, ExchangeConnectionPatch>;

export const resource = 'exchange-connections/c1';

export const graphPut = {
  name: 'Exchange Online',
  email: 'erp@acme.example',
  protocol: 'graph',
  tenantId: '72f988bf-86f1-41af-91ab-2d7cd011db47',
  clientId: '5f1d3b0c-2b5e-4a5e-9d0e-3f8f6a2b7c11',
  clientSecret: 'client S3cret',
} as const satisfies ExchangeConnectionPut;

export const ntlmPut = {
  name: 'In the house',
  email: 'erp@acme.example',
  protocol: 'ews',
  authentication: 'ntlm',
  ewsUrl: 'https://Mail.acme.example/EWS/Exchange.asmx',
  username: 'ACME\\erp',
  password: 'pass S3cret',
} as const satisfies ExchangeConnectionPut;

export const create = (body: ExchangeConnectionPut): Request => ({ operation: 'create', body });
export const patch = (body: ExchangeConnectionPatch): Request => ({ operation: 'patch', body });

export function decide(
  request: Request,
  state: ExchangeConnectionState,
  references: References = noReferences,
  expectedVersion = state.version,
) {
  const command = { ...request, expectedVersion, actor: anna, reason: null, grantsAt: now };
  return decideResourceChange(exchangeConnectionKind, command, state, references);
}

/** The settings after some requests about one connection, of which each has to be accepted. */
export async function settingsAfter(...requests: readonly Request[]) {
  const settings = createSettingsState();
  for (const request of requests) {
    const event = await decidedEvent(request, connectionOf(settings));
    if (evolveSettings(settings, event) !== 'accepted') throw new Error('not accepted');
  }
  return settings;
}

export function connectionOf(settings: ReturnType<typeof createSettingsState>): ExchangeConnectionState {
  return settings.exchangeConnections.get(resource) ?? initialState(exchangeConnectionKind, resource);
}

export async function connectionAfter(...requests: readonly Request[]): Promise<ExchangeConnectionState> {
  return connectionOf(await settingsAfter(...requests));
}

/** The content after some requests. */
export async function contentAfter(...requests: readonly Request[]): Promise<ExchangeConnectionContent> {
  const { content } = await connectionAfter(...requests);
  if (content === null) throw new Error('There is no connection');
  return content;
}

export async function decidedEvent(request: Request, state: ExchangeConnectionState) {
  const decision = decide(request, state);
  if (decision.outcome !== 'changed') throw new Error(JSON.stringify(decision));
  const { change, plan } = decision;
  const content = plan === null ? null : await sealPlan(plan, exchangeConnectionKind, now, seal);
  return eventOf('exchangeConnectionChanged', { ...change, content });
}

/** An outgoing server that names the connection. */
export function serverUsing(connectionId: string | null) {
  const content = { ...defaultContent, serverType: 'exchange' as const, exchange: { connectionId } };
  return eventOf('settingsChanged', {
    resource: 'outgoing-servers/default',
    expectedVersion: 0,
    operation: 'put',
    revertedTo: null,
    content,
    actor: anna,
    reason: null,
  });
}
