/** The environment of a log: what was last said of where it lies. */
import type { EnvironmentConfirmed, EventOf, LogPlace } from '@postausgang/contracts';
import { type ApiKeysState, suspendOtherKeys } from './api-keys.ts';

/** The last confirmation, with its time. */
export interface EnvironmentState extends EnvironmentConfirmed {
  readonly at: string;
}

/** Folds a confirmation. In a copy only the key of the person who said so still counts. Total. */
export function environmentAfter(
  { time, data }: EventOf<'environmentConfirmed'>,
  apiKeys: ApiKeysState,
): EnvironmentState {
  if (data.as === 'copy') suspendOtherKeys(apiKeys, data.keptKeyId, time);
  return { ...data, at: time };
}

/** Whether the log lies where it was confirmed. A device counts only where both sides know it. */
export function isAtHome({ place }: Pick<EnvironmentState, 'place'>, actual: LogPlace): boolean {
  const isSameDevice = place.device === actual.device || place.device === null || actual.device === null;
  return isSameDevice && place.folder === actual.folder && place.log === actual.log;
}
