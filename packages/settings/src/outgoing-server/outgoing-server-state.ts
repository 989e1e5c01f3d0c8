import type {
  EventOf,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
} from '@postausgang/contracts';
import { noReferences } from '../references.ts';
import type { References } from '../references.ts';
import { contentOf, decideResourceChange } from '../resource/decide-change.ts';
import type { RequestContext, ResourceDecision, ResourceRequest } from '../resource/decide-change.ts';
import { initialState } from '../resource/resource-kind.ts';
import { evolveResource } from '../resource/resource-state.ts';
import type { ChangeEvent, ResourceChange, ResourceState } from '../resource/resource-state.ts';
import { completeContent } from './complete-content.ts';
import { outgoingServerKind } from './outgoing-server-kind.ts';

/** An outgoing server: its current content and everything it ever was. */
export type OutgoingServerState = ResourceState<OutgoingServerContent>;

/** One accepted change of an outgoing server. */
export type SettingsChange = ResourceChange<OutgoingServerContent>;

/** What somebody wants changed about an outgoing server; it is neither created nor deleted. */
export type ChangeRequest = Exclude<
  ResourceRequest<OutgoingServerPut, OutgoingServerPatch>,
  { readonly operation: 'create' | 'delete' }
>;

/** A request with who, why, and the version it was made for. */
export type ChangeCommand = ChangeRequest & RequestContext;

export type ChangeDecision = ResourceDecision<OutgoingServerContent>;

/** The server before its first change: disabled, with the defaults. */
export function initialOutgoingServer(resource: string): OutgoingServerState {
  return initialState(outgoingServerKind, resource);
}

/** The event with what it does not hold, because it was written before there was such a field, at its default. */
export function completed({
  id,
  time,
  data,
}: EventOf<'settingsChanged'>): ChangeEvent<OutgoingServerContent> {
  return { id, time, data: { ...data, content: completeContent(data.content) } };
}

/** The server after an event, see `evolveResource`. */
export function evolveOutgoingServer(
  state: OutgoingServerState,
  event: EventOf<'settingsChanged'>,
): OutgoingServerState {
  return evolveResource(state, completed(event));
}

/** Decides a change of an outgoing server, see `decideResourceChange`. */
export function decideChange(
  command: ChangeCommand,
  state: OutgoingServerState,
  references: References = noReferences,
): ChangeDecision {
  return decideResourceChange(outgoingServerKind, command, state, references);
}

/** The content of a version, 0 included; undefined when there is no such version. */
export function contentOfVersion(
  state: OutgoingServerState,
  version: number,
): OutgoingServerContent | undefined {
  return contentOf(outgoingServerKind, state, version);
}
