import type { OutgoingServerContent } from '@postausgang/contracts';

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
