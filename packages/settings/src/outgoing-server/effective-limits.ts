import { finding } from '@postausgang/contracts';
import type { Finding, LimitPreset, Limits, OutgoingServerContent } from '@postausgang/contracts';

/** What is in force: null is no limit. */
export type EffectiveLimits = Readonly<Omit<Limits, 'preset'>>;

const presets: Readonly<Record<LimitPreset, EffectiveLimits>> = {
  none: { maxConnections: null, mailsPerMinute: null, recipientsPerDay: null },
  'exchange-online': { maxConnections: 3, mailsPerMinute: 30, recipientsPerDay: 10_000 },
};

/** The limits of a server: those of the preset, and where a value is given, that one. */
export function effectiveLimits({ limits }: Pick<OutgoingServerContent, 'limits'>): EffectiveLimits {
  const preset = presets[limits.preset];
  return {
    maxConnections: limits.maxConnections ?? preset.maxConnections,
    mailsPerMinute: limits.mailsPerMinute ?? preset.mailsPerMinute,
    recipientsPerDay: limits.recipientsPerDay ?? preset.recipientsPerDay,
  };
}

/** Below, a day would be too little to be shared by the owners of twelve partitions. */
const ranges = {
  maxConnections: { min: 1, max: 100 },
  mailsPerMinute: { min: 1, max: 1_000_000 },
  recipientsPerDay: { min: 100, max: 1_000_000_000 },
} as const;

const names = ['maxConnections', 'mailsPerMinute', 'recipientsPerDay'] as const;

export function limitFindings({ limits }: OutgoingServerContent): Finding[] {
  const wrong = names.filter((name) => {
    const value = limits[name];
    return value !== null && (value < ranges[name].min || value > ranges[name].max);
  });
  return wrong.map((name) => finding(`/limits/${name}`, 'limit-out-of-range'));
}
