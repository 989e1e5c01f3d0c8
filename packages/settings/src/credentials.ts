import type { Credential } from '@postausgang/contracts';
import { dayMs, daysUntil } from './certificates.ts';
import { referencesOf } from './settings-references.ts';
import type { SettingsState } from './settings-state.ts';

/** Days before the end at which people are told. */
const expiryThresholds = [60, 30, 7, 1] as const;

/** Everything in the settings that ends by itself some day, the first to expire first. */
export function credentialsOf(state: SettingsState, nowMs: number): readonly Credential[] {
  const references = referencesOf(state, nowMs);
  return [...certificateEnds(state), ...clientSecretEnds(state)]
    .map((end) => ({
      ...end,
      ...remaining(end.expiresAt, nowMs),
      usedBy: [...references.usersOf(end.resource)],
    }))
    .toSorted((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt));
}

/** The smallest threshold that has been crossed; undefined when none has, or the end has passed. */
export function crossedThreshold(expiresAt: string, nowMs: number): number | undefined {
  const leftMs = Date.parse(expiresAt) - nowMs;
  return leftMs <= 0 ? undefined : expiryThresholds.findLast((days) => leftMs <= days * dayMs);
}

type End = Pick<Credential, 'resource' | 'credential' | 'name' | 'expiresAt'>;

function certificateEnds({ certificates }: SettingsState): readonly End[] {
  return [...certificates.values()].flatMap(({ resource, content }) =>
    content === null || content.details === null || content.details.validTo === ''
      ? []
      : [{ resource, credential: 'certificate', name: content.name, expiresAt: content.details.validTo }],
  );
}

function clientSecretEnds({ exchangeConnections }: SettingsState): readonly End[] {
  return [...exchangeConnections.values()].flatMap(({ resource, content }) => {
    const expiresAt = content?.clientSecretExpiresAt ?? null;
    return content === null || content.clientSecret === null || expiresAt === null
      ? []
      : [{ resource, credential: 'client-secret', name: content.name, expiresAt }];
  });
}

function remaining(expiresAt: string, nowMs: number): Pick<Credential, 'daysLeft' | 'state'> {
  const daysLeft = daysUntil(expiresAt, nowMs);
  if (Date.parse(expiresAt) <= nowMs) return { daysLeft, state: 'expired' };
  return { daysLeft, state: crossedThreshold(expiresAt, nowMs) === undefined ? 'valid' : 'expiring' };
}
