/** The sending mode: its kind of resource, and what it says about an address. */
import {
  finding,
  type SendingModeContent,
  sendingModeFields,
  type SendingModePatch,
  type SendingModePut,
  type SendingModeVersion,
} from '@postausgang/contracts';
import { allowsDomain } from './api-keys.ts';
import { createFieldKind } from './field-kind.ts';
import { addressMatchKey, parseInstant } from './formats.ts';
import { noReferences, type References } from './references.ts';
import {
  changesOf,
  initialState,
  type ResourceChange,
  type ResourceKind,
  type Resources,
  type ResourceState,
  versionAt,
} from './resource.ts';

export type SendingModeState = ResourceState<SendingModeContent>;

const mode = createFieldKind({
  prefix: 'environment/',
  table: sendingModeFields,
  judgesUnused: false,
  destinationOf: () => ({ kind: 'none' }),
  grants: {},
  checks: {
    '/to': ({ to }) => (to.length === 0 ? [finding('/to', 'redirect-target-required')] : []),
  },
});

/** There is one of them, and it always exists. */
export const sendingModeKind: ResourceKind<SendingModeContent, SendingModePut, SendingModePatch> = {
  ...mode,
  initialContent: mode.defaults,
  isJudged: () => true,
};

/** The sending mode of this environment. */
export const sendingModeResource = 'environment/sending-mode';

/** The sending mode as it is now. */
export function sendingModeOf({
  sendingModes,
}: {
  readonly sendingModes: Resources<SendingModeContent>;
}): SendingModeState {
  return sendingModes.get(sendingModeResource) ?? initialState(sendingModeKind, sendingModeResource);
}

/** A version as it was, 0 included; undefined when there is no such version. */
export function sendingModeVersion(
  state: SendingModeState,
  version: number,
  references: References = noReferences,
): SendingModeVersion | undefined {
  const at = versionAt(sendingModeKind, state, version);
  if (at === undefined) return undefined;
  return { change: at.shown, settings: versionedView(state.resource, at.content, at.change, references) };
}

function versionedView(
  resource: string,
  content: SendingModeContent,
  change: ResourceChange<SendingModeContent> | null,
  references: References,
): SendingModeVersion['settings'] {
  return {
    id: resource.slice(mode.prefix.length),
    version: change?.version ?? 0,
    ...mode.viewOf(content),
    warnings: mode.validate(content, references),
    updatedAt: change?.changedAt ?? null,
    updatedBy: change?.actor.name ?? null,
  };
}

/** Whether an address gets its mail itself while mail is redirected. */
export function isKept({ keep }: Pick<SendingModeContent, 'keep'>, address: string): boolean {
  const key = addressMatchKey(address);
  const [addresses, domains] = [keep.filter(hasAt), keep.filter((one) => !hasAt(one))];
  return addresses.some((one) => addressMatchKey(one) === key) || allowsDomain(domains, address);
}

const hasAt = (text: string): boolean => text.includes('@');

/** What the sending mode means for mail: the mode, and since when it has been so. Times in milliseconds since 1970. */
export interface SendingModeNow extends SendingModeContent {
  readonly version: number;
  /** Since when `mode` has its value; 0: from the beginning. */
  readonly sinceMs: number;
  /** Mail accepted before this time waited while mail was redirected, or was redirected itself; null: it never was. */
  readonly redirectedUntilMs: number | null;
}

/** What a state of the resource means for mail. */
export function sendingModeNow(state: SendingModeState): SendingModeNow {
  const { content, version } = state;
  const times = changesOf(state).map(({ before, content: after, changedAt }) => ({
    before: before.mode,
    after: after.mode,
    atMs: parseInstant(changedAt) ?? 0,
  }));
  const switches = [...times].filter(({ before, after }) => before !== after);
  const redirectEnd = switches.find(({ before }) => before === 'redirect');
  return {
    ...content,
    version,
    sinceMs: switches[0]?.atMs ?? 0,
    redirectedUntilMs: content.mode === 'redirect' ? null : (redirectEnd?.atMs ?? null),
  };
}
