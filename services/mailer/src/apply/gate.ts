/** What stands before the settings: whether this log may send at all. */
import { type Failure } from '@postausgang/contracts';
import { defaultServerOf, sendingModeResource, type SettingsState } from '@postausgang/settings';
import type { BuildResult, Receipt, Serving } from './applier.ts';
import type { ServerVersion } from './follow-settings.ts';

/** Whether this log may send at all, whatever the settings say. */
export interface SendingGate {
  /** What keeps it closed; null: it is open. Until it is known, it is closed. */
  closedBy(): Failure | null;
  /** Resolves when it is known. */
  readonly known: Promise<void>;
}

export const openGate: SendingGate = { closedBy: () => null, known: Promise.resolve() };

export type Build = (version: ServerVersion, isRetry: boolean) => Promise<BuildResult>;

/** While the gate is closed nothing is built: no connection is made, and the receipt says why. */
export function throughGate(gate: SendingGate, build: Build): Build {
  return async (version, isRetry) => {
    await gate.known;
    const why = gate.closedBy();
    return why === null ? build(version, isRetry) : { ok: false, failure: why, retry: false };
  };
}

/** The receipt for a version of the sending mode; nothing has to be built for it, so it cannot fail. */
export function modeReceipt(version: number): Receipt {
  const applied = { resource: sendingModeResource, version };
  return { version: applied, state: 'applied', servingVersion: version, failure: null };
}

interface GatedSettings {
  readonly settings: { readonly state: SettingsState };
  readonly gate?: SendingGate;
}

/** A log that must not send yet takes mail, to be sent when somebody has spoken. */
export function sendingRules({ settings, gate = openGate }: GatedSettings, serving: Serving) {
  const { content } = defaultServerOf(settings.state);
  const { enabled, whenDisabled, senderAddress, fromPolicy: policy, onForeignSender } = content;
  return {
    enabled: enabled || gate.closedBy() !== null,
    whenDisabled,
    defaultSender: serving.state === 'active' ? serving.content.senderAddress : senderAddress,
    senders: settings.state.senders,
    policy,
    onForeignSender,
  };
}
