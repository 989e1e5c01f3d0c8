import {
  finding,
  type Finding,
  type LimitPreset,
  type Limits,
  type OnUnknown,
  type OutgoingServerContent,
} from '@postausgang/contracts';

/** What an outgoing server holds that was never saved, and what a field takes that is reset. */
export const defaultContent: OutgoingServerContent = {
  enabled: false,
  serverType: 'smtp',
  senderAddress: null,
  timeoutSeconds: 60,
  copyToSender: 'off',
  whenDisabled: 'reject',
  onUnknown: null,
  smtp: {
    hostname: null,
    port: null,
    encryption: 'starttls',
    authentication: 'password',
    username: null,
    allowCleartextAuthentication: false,
    clientCertificateId: null,
    trustedCertificateId: null,
    windowsMechanism: 'negotiate',
    servicePrincipal: null,
    password: null,
  },
  exchange: { connectionId: null },
  smime: {
    sign: false,
    encrypt: 'off',
    certificateId: null,
    gatewayCertificateId: null,
    contentEncryption: 'aes-256-cbc',
    keyTransport: 'rsa-pkcs1',
    rsaSignature: 'pkcs1',
  },
  limits: { preset: 'none', maxConnections: null, mailsPerMinute: null, recipientsPerDay: null },
};

/** The policy of a server for mail that does not bring its own: Exchange can be asked for a message, SMTP cannot. */
export function effectiveOnUnknown({
  onUnknown,
  serverType,
}: Pick<OutgoingServerContent, 'onUnknown' | 'serverType'>): OnUnknown {
  return onUnknown ?? (serverType === 'exchange' ? 'reconcile' : 'hold');
}

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
