import type {
  Actor,
  EventData,
  EventName,
  EventOf,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
  SealedSecret,
} from '@postausgang/contracts';
import { events } from '@postausgang/contracts';
import {
  createSettingsState,
  decideResourceChange,
  defaultServer,
  evolveSettings,
  initialState,
  noReferences,
  outgoingServerKind,
  sealPlan,
} from '@postausgang/settings';
import type { NewSecret, OutgoingServerState, ResourceRequest } from '@postausgang/settings';
import type { Test } from 'tap';

export const anna: Actor = { kind: 'token', id: 'anna', name: 'Anna Admin' };
export const now = '2026-11-23T08:15:00Z';
export const nowMs = Date.parse(now);

let lastId = 0;

/** An event with an id of its own. */
export function eventOf<Name extends EventName>(
  name: Name,
  data: EventData<Name>,
  attributes: { id?: string; time?: string } = {},
): EventOf<Name> {
  lastId += 1;
  const { type } = events[name];
  return { id: `event-${lastId}`, source: '/test', time: now, ...attributes, type, data } as EventOf<Name>;
}

/** Stands in for the sealer: readable, so that a test can tell passwords apart. */
export function sealed({ value, binding }: NewSecret): SealedSecret {
  const jwe = {
    protected: 'header',
    aad: binding.field,
    iv: 'iv',
    ciphertext: `sealed ${value}`,
    tag: 'tag',
  };
  return { keyId: 'key-1', destination: binding.destination, jwe };
}

export const seal = (secret: NewSecret): Promise<SealedSecret> => Promise.resolve(sealed(secret));

/** A body that can be switched on. */
export const workingPut = {
  enabled: true,
  serverType: 'smtp',
  senderAddress: { name: 'ACME GmbH', address: 'erp@acme.example' },
  smtp: { hostname: 'mail.acme.example', username: 'erp@acme.example', password: 'S3cret' },
} as const satisfies OutgoingServerPut;

export const { differences, findingsOf, planPatch, planPut } = outgoingServerKind;

export const initial = initialState(outgoingServerKind, defaultServer);

/** What may be asked of a server: it is neither created nor deleted. */
export type ChangeRequest = Exclude<
  ResourceRequest<OutgoingServerPut, OutgoingServerPatch>,
  { operation: 'create' | 'delete' }
>;
type ChangeCommand = ReturnType<typeof commandOf>;

export const decideChange = (command: ChangeCommand, state: OutgoingServerState) =>
  decideResourceChange(outgoingServerKind, command, state, noReferences);

/** The server after an event. */
export function evolved(state: OutgoingServerState, event: EventOf<'settingsChanged'>): OutgoingServerState {
  const settings = createSettingsState();
  settings.servers.set(state.resource, state);
  evolveSettings(settings, event);
  return settings.servers.get(state.resource) ?? state;
}

export function commandOf(request: ChangeRequest, expectedVersion: number) {
  return { ...request, expectedVersion, actor: anna, reason: null, grantsAt: now };
}

/** What config-api does with a request: decide, seal, append. The event, or undefined when there is none. */
export async function decidedEvent(
  request: ChangeRequest,
  state: OutgoingServerState,
): Promise<EventOf<'settingsChanged'> | undefined> {
  const decision = decideChange(commandOf(request, state.version), state);
  if (decision.outcome !== 'changed') return undefined;
  if (decision.plan === null) throw new Error('a server is never deleted');
  const content = await sealPlan(decision.plan, outgoingServerKind, now, seal);
  return eventOf('settingsChanged', { ...decision.change, content });
}

/** The server after some requests, of which each has to be accepted. */
export async function serverAfter(...requests: readonly ChangeRequest[]): Promise<OutgoingServerState> {
  let state = initial;
  for (const request of requests) {
    const event = await decidedEvent(request, state);
    if (event === undefined) throw new Error(`refused: ${JSON.stringify(request)}`);
    state = evolved(state, event);
  }
  return state;
}

export const put = (body: OutgoingServerPut): ChangeRequest => ({ operation: 'put', body });
export const patch = (body: OutgoingServerPatch): ChangeRequest => ({ operation: 'patch', body });
export const revert = (version: number): ChangeRequest => ({ operation: 'revert', version });

interface Expectations {
  /** The content of the event, as it differs from the content before. */
  thenContent(wanted: (before: OutgoingServerContent) => OutgoingServerContent): Promise<void>;
  thenRefused(...pointersAndCodes: readonly Pair[]): void;
  thenUnchanged(): void;
}

/** Given requests that were accepted, when another comes, then there is an event, a refusal, or nothing. */
export function given(t: Test, ...past: readonly ChangeRequest[]) {
  return {
    async when(request: ChangeRequest): Promise<Expectations> {
      const state = await serverAfter(...past);
      const decision = decideChange(commandOf(request, state.version), state);
      return {
        async thenContent(wanted) {
          const event = await decidedEvent(request, state);
          t.strictSame(event?.data.content, wanted(state.content));
        },
        thenRefused(...pointersAndCodes) {
          t.match(decision, { outcome: 'refused', code: 'settings-invalid' });
          const findings = decision.outcome === 'refused' ? decision.findings : [];
          t.strictSame(pairs(findings), sorted(pointersAndCodes));
        },
        thenUnchanged() {
          t.strictSame(decision, { outcome: 'unchanged', version: state.version });
        },
      };
    },
  };
}

type Pair = readonly [pointer: string, code: string];

/** Findings as sorted pairs. */
export function pairs(findings: readonly { pointer: string; code: string }[]): readonly Pair[] {
  return sorted(findings.map(({ pointer, code }): Pair => [pointer, code]));
}

export function sorted(unsorted: readonly Pair[]): readonly Pair[] {
  return unsorted.toSorted((a, b) => (a.join(' ') < b.join(' ') ? -1 : 1));
}
