/**
 * The sending mode as this mailer knows it. Each attempt begins with one version of it, and is broken off before its final
 * dot where another one has come since. A version counts as applied when no attempt that began with an older one is under
 * way: from then on nobody is in an envelope whom it does not allow.
 */
import type { Fold } from '@postausgang/event-log';
import { liveMode } from '@postausgang/mail';
import {
  type SendingModeNow,
  sendingModeNow,
  sendingModeOf,
  type SettingsState,
} from '@postausgang/settings';

/** An attempt, and the mode that it began with. */
export interface ModeOfAttempt {
  readonly mode: SendingModeNow;
  /** Whether it still is the mode of the environment. */
  isCurrent(): boolean;
  /** The attempt has ended. */
  leave(): void;
}

export interface SendingModes {
  now(): SendingModeNow;
  enter(): ModeOfAttempt;
  /** Calls the listener when the mode has changed. */
  onChange(listener: () => void): void;
}

/** Where nobody sets a mode, mail goes to its recipients. */
export const alwaysLive: SendingModes = {
  now: () => liveMode,
  enter: () => ({ mode: liveMode, isCurrent: () => true, leave: () => undefined }),
  onChange: () => undefined,
};

interface SendingModesDeps {
  readonly settings: Pick<Fold<SettingsState>, 'state' | 'onChange'>;
  /** A version that was saved is applied. */
  readonly onApplied: (version: number) => void;
}

export function createSendingModes({ settings, onApplied }: SendingModesDeps): SendingModes {
  const underWay = new Map<number, number>();
  const listeners = new Set<() => void>();
  let known = liveMode;
  let appliedVersion = 0;

  const now = (): SendingModeNow => {
    const state = sendingModeOf(settings.state);
    if (state.version !== known.version) known = sendingModeNow(state);
    return known;
  };
  const tell = (): void => {
    const { version } = now();
    const isOlder = (begun: number): boolean => begun < version;
    if (version <= appliedVersion || [...underWay.keys()].some(isOlder)) return;
    appliedVersion = version;
    onApplied(version);
  };
  let toldVersion = 0;
  settings.onChange(() => {
    const { version } = now();
    if (version === toldVersion) return;
    toldVersion = version;
    tell();
    for (const listener of listeners) listener();
  });
  return {
    now,
    enter() {
      const mode = now();
      underWay.set(mode.version, (underWay.get(mode.version) ?? 0) + 1);
      return {
        mode,
        isCurrent: () => now().version === mode.version,
        leave() {
          const left = (underWay.get(mode.version) ?? 1) - 1;
          if (left > 0) underWay.set(mode.version, left);
          else underWay.delete(mode.version);
          tell();
        },
      };
    },
    onChange: (listener) => void listeners.add(listener),
  };
}
