// Generated from the OpenAPI document by `npm run generate:page-types`; a test compares.

export type Actor = {
  readonly kind: 'api-key' | 'token' | 'system';
  readonly id: string;
  readonly name: string;
};

export type Address = { readonly name?: string; readonly address: string };

export type ApplyStatus = {
  readonly state: 'applied' | 'pending' | 'failed' | 'no-mailer';
  readonly version: number;
  readonly mailers: readonly {
    readonly id: string;
    readonly version: number;
    readonly state: 'pending' | 'applied' | 'failed';
    readonly servingVersion: number | null;
    readonly failure: Failure | null;
    readonly reportedAt: string | null;
  }[];
};

export type CancelMail = { readonly reason?: string | null; readonly actor?: string | null };

export type CertificateList = { readonly items: readonly CertificateView[] };

export type CertificateView = {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly kind: 'own' | 'trusted' | 'recipient';
  readonly certificate: string | null;
  readonly chain: readonly string[];
  readonly details: {
    readonly subject: string;
    readonly issuer: string;
    readonly serialNumber: string;
    readonly addresses: readonly string[];
    readonly dnsNames: readonly string[];
    readonly ipAddresses: readonly string[];
    readonly validFrom: string;
    readonly validTo: string;
    readonly fingerprintSha256: string;
    readonly publicKey: {
      readonly type: string;
      readonly bits: number | null;
      readonly curve: string | null;
    };
    readonly publicKeySha256: string;
    readonly isAuthority: boolean;
    readonly isSelfSigned: boolean;
    readonly keyUsage: readonly string[] | null;
    readonly extendedKeyUsage: readonly string[] | null;
    readonly goodFor: readonly ('sign' | 'encrypt' | 'client')[];
  } | null;
  readonly signingRequest: string | null;
  readonly publicKeySha256: string | null;
  readonly privateKeySet: boolean;
  readonly privateKeySetAt: string | null;
  readonly issuerKnown: boolean;
  readonly daysLeft: number | null;
  readonly warnings: readonly Finding[];
  readonly usedBy: readonly string[];
  readonly updatedAt: string;
  readonly updatedBy: string;
};

export type ConnectionTest = {
  readonly id: string;
  readonly resource: string;
  readonly serverId: string | null;
  readonly state: 'running' | 'ok' | 'failed';
  readonly requestedAt: string;
  readonly requestedBy: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly settingsVersion: number;
  readonly draft: boolean;
  readonly probeTo: string | null;
  readonly mailerId: string | null;
  readonly steps: readonly {
    readonly name:
      | 'token'
      | 'resolve'
      | 'connect'
      | 'greeting'
      | 'tls'
      | 'ehlo'
      | 'authenticate'
      | 'mailbox'
      | 'mail-from'
      | 'rcpt-to'
      | 'data'
      | 'probe';
    readonly state: 'ok' | 'failed' | 'skipped';
    readonly milliseconds?: number;
    readonly detail?: string;
    readonly reply?: string;
    readonly certificate?: {
      readonly subject: string;
      readonly issuer: string;
      readonly subjectAltNames: readonly string[];
      readonly validFrom: string;
      readonly validTo: string;
      readonly daysLeft: number;
      readonly fingerprintSha256: string;
      readonly pem?: string;
    };
    readonly chain?: readonly {
      readonly subject: string;
      readonly issuer: string;
      readonly subjectAltNames: readonly string[];
      readonly validFrom: string;
      readonly validTo: string;
      readonly daysLeft: number;
      readonly fingerprintSha256: string;
      readonly pem?: string;
    }[];
    readonly hint?: Failure;
  }[];
};

export type ConnectionTestList = {
  readonly items: readonly ConnectionTest[];
  readonly nextCursor: string | null;
};

export type ConnectionTestRequest = {
  readonly draft?: OutgoingServerPatch;
  readonly probe?: { readonly to: string; readonly from?: string };
};

export type CreateKey = {
  readonly name: string;
  readonly keyType: 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'p-256' | 'p-384';
  readonly subject: {
    readonly commonName: string;
    readonly organization?: string;
    readonly organizationalUnit?: string;
    readonly locality?: string;
    readonly state?: string;
    readonly country?: string;
    readonly addresses?: readonly string[];
    readonly dnsNames?: readonly string[];
  };
};

export type Diff = {
  readonly from: number;
  readonly to: number;
  readonly differences: readonly {
    readonly pointer: string;
    readonly secret: boolean;
    readonly from: unknown;
    readonly to: unknown;
  }[];
};

export type ExchangeConnectionList = { readonly items: readonly ExchangeConnectionView[] };

export type ExchangeConnectionPatch = {
  readonly name?: string;
  readonly email?: string | null;
  readonly protocol?: 'graph' | 'smtp-oauth' | 'ews';
  readonly authentication?: ('oauth' | 'basic' | 'ntlm' | 'negotiate') | null;
  readonly cloud?: ('global' | 'us-government' | 'us-government-dod' | 'china' | 'custom') | null;
  readonly tenantId?: string | null;
  readonly clientId?: string | null;
  readonly clientCertificateId?: string | null;
  readonly clientSecretExpiresAt?: string | null;
  readonly authorityUrl?: string | null;
  readonly scope?: string | null;
  readonly graphUrl?: string | null;
  readonly smtpHostname?: string | null;
  readonly smtpPort?: number | null;
  readonly ewsUrl?: string | null;
  readonly impersonation?: boolean | null;
  readonly saveSentCopy?: boolean | null;
  readonly username?: string | null;
  readonly servicePrincipal?: string | null;
  readonly trustedCertificateId?: string | null;
  readonly clientSecret?: string | null;
  readonly password?: string | null;
};

export type ExchangeConnectionPut = {
  readonly name: string;
  readonly protocol: 'graph' | 'smtp-oauth' | 'ews';
  readonly email?: string | null;
  readonly authentication?: 'oauth' | 'basic' | 'ntlm' | 'negotiate';
  readonly cloud?: 'global' | 'us-government' | 'us-government-dod' | 'china' | 'custom';
  readonly tenantId?: string | null;
  readonly clientId?: string | null;
  readonly clientCertificateId?: string | null;
  readonly clientSecretExpiresAt?: string | null;
  readonly authorityUrl?: string | null;
  readonly scope?: string | null;
  readonly graphUrl?: string | null;
  readonly smtpHostname?: string | null;
  readonly smtpPort?: number | null;
  readonly ewsUrl?: string | null;
  readonly impersonation?: boolean;
  readonly saveSentCopy?: boolean;
  readonly username?: string | null;
  readonly servicePrincipal?: string | null;
  readonly trustedCertificateId?: string | null;
  readonly clientSecret?: string | null;
  readonly password?: string | null;
};

export type ExchangeConnectionTestRequest = {
  readonly draft?: ExchangeConnectionPatch;
  readonly probe?: { readonly to: string; readonly from?: string };
};

export type ExchangeConnectionView = {
  readonly id: string;
  readonly version: number;
  readonly name: string;
  readonly email: string | null;
  readonly protocol: 'graph' | 'smtp-oauth' | 'ews';
  readonly authentication: 'oauth' | 'basic' | 'ntlm' | 'negotiate';
  readonly cloud: 'global' | 'us-government' | 'us-government-dod' | 'china' | 'custom';
  readonly tenantId: string | null;
  readonly clientId: string | null;
  readonly clientCertificateId: string | null;
  readonly clientSecretExpiresAt: string | null;
  readonly authorityUrl: string | null;
  readonly scope: string | null;
  readonly graphUrl: string | null;
  readonly smtpHostname: string | null;
  readonly smtpPort: number | null;
  readonly ewsUrl: string | null;
  readonly impersonation: boolean;
  readonly saveSentCopy: boolean;
  readonly username: string | null;
  readonly servicePrincipal: string | null;
  readonly trustedCertificateId: string | null;
  readonly clientSecretSet: boolean;
  readonly clientSecretSetAt: string | null;
  readonly passwordSet: boolean;
  readonly passwordSetAt: string | null;
  readonly warnings: readonly Finding[];
  readonly usedBy: readonly string[];
  readonly updatedAt: string;
  readonly updatedBy: string;
  readonly applied: ApplyStatus | null;
};

export type Failure = {
  readonly code: string;
  readonly class?:
    'transient' | 'permanent' | 'throttled' | 'authentication' | 'tls' | 'configuration' | 'unknown';
  readonly en: string;
  readonly de: string;
  readonly detail?: string;
  readonly retryAfterSeconds?: number;
  readonly retryAt?: string;
};

export type Finding = {
  readonly pointer: string;
  readonly code: string;
  readonly message: { readonly en: string; readonly de: string };
};

export type History = {
  readonly items: readonly {
    readonly version: number;
    readonly changedAt: string;
    readonly changedBy: Actor;
    readonly operation: 'create' | 'put' | 'patch' | 'revert' | 'delete';
    readonly revertedTo: number | null;
    readonly reason: string | null;
    readonly differences: readonly {
      readonly pointer: string;
      readonly secret: boolean;
      readonly from: unknown;
      readonly to: unknown;
    }[];
  }[];
  readonly nextCursor: string | null;
};

export type HoldMail = { readonly reason?: string | null; readonly actor?: string | null };

export type ImportCertificate = {
  readonly name: string;
  readonly kind: 'own' | 'trusted' | 'recipient';
  readonly content: string;
  readonly password?: string;
};

export type ImportRecipients = {
  readonly content: string;
  readonly password?: string;
  readonly name?: string;
};

export type ImportedRecipients = {
  readonly items: readonly {
    readonly state: 'imported' | 'known' | 'refused';
    readonly id: string | null;
    readonly subject: string;
    readonly addresses: readonly string[];
    readonly validTo: string;
    readonly findings: readonly Finding[];
  }[];
};

export type IssuedCertificate = { readonly content: string; readonly password?: string };

export type MailAccepted = {
  readonly id: string;
  readonly messageId: string | null;
  readonly state:
    | 'queued'
    | 'sending'
    | 'deferred'
    | 'held'
    | 'sent'
    | 'partly-sent'
    | 'failed'
    | 'expired'
    | 'cancelled'
    | 'unknown';
};

export type MailList = {
  readonly items: readonly {
    readonly id: string;
    readonly messageId: string | null;
    readonly state:
      | 'queued'
      | 'sending'
      | 'deferred'
      | 'held'
      | 'sent'
      | 'partly-sent'
      | 'failed'
      | 'expired'
      | 'cancelled'
      | 'unknown';
    readonly businessReference: string | null;
    readonly metadata: Readonly<Record<string, string>>;
    readonly subject: string | null;
    readonly acceptedAt: string;
    readonly nextAttemptAt: string | null;
    readonly heldFor: ('mail-disabled' | 'requested') | null;
    readonly notAfter: string;
    readonly failure: Failure | null;
    readonly recipients: readonly {
      readonly address: string;
      readonly outcome: 'pending' | 'deferred' | 'sent' | 'rejected' | 'expired' | 'cancelled' | 'unknown';
      readonly reply?: string;
      readonly failure?: Failure;
      readonly correctedFrom?: string;
      readonly resolvedBy?: 'person' | 'reconciliation';
    }[];
  }[];
  readonly nextCursor: string | null;
};

export type MailRequest = {
  readonly from?: Address | null;
  readonly to?: readonly Address[];
  readonly cc?: readonly Address[];
  readonly bcc?: readonly Address[];
  readonly replyTo?: readonly Address[];
  readonly subject?: string;
  readonly text?: string | null;
  readonly html?: string | null;
  readonly attachments?: readonly {
    readonly filename: string;
    readonly contentType: string;
    readonly content: string;
    readonly contentId?: string;
  }[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly businessReference?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly sendAt?: string | null;
  readonly notAfter?: string | null;
  readonly orderingKey?: string | null;
  readonly onUnknown?: ('hold' | 'resend' | 'reconcile') | null;
};

export type MailStatus = {
  readonly id: string;
  readonly messageId: string | null;
  readonly state:
    | 'queued'
    | 'sending'
    | 'deferred'
    | 'held'
    | 'sent'
    | 'partly-sent'
    | 'failed'
    | 'expired'
    | 'cancelled'
    | 'unknown';
  readonly businessReference: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly subject: string | null;
  readonly acceptedAt: string;
  readonly nextAttemptAt: string | null;
  readonly heldFor: ('mail-disabled' | 'requested') | null;
  readonly notAfter: string;
  readonly failure: Failure | null;
  readonly recipients: readonly {
    readonly address: string;
    readonly outcome: 'pending' | 'deferred' | 'sent' | 'rejected' | 'expired' | 'cancelled' | 'unknown';
    readonly reply?: string;
    readonly failure?: Failure;
    readonly correctedFrom?: string;
    readonly resolvedBy?: 'person' | 'reconciliation';
  }[];
  readonly attempts: readonly {
    readonly number: number;
    readonly startedAt: string;
    readonly endedAt: string | null;
    readonly settingsVersion: number;
    readonly server: string;
    readonly tls: string | null;
    readonly outcome: ('sent' | 'partly-sent' | 'deferred' | 'failed' | 'unknown') | null;
    readonly reply: string | null;
    readonly failure: Failure | null;
  }[];
  readonly decisions: {
    readonly serverId: string;
    readonly sender: 'explicit' | 'default' | 'message';
    readonly from: Address;
    readonly envelopeFrom: string;
    readonly copies: readonly { readonly address: string; readonly rule: 'copy-to-sender' }[];
    readonly onUnknown?: 'hold' | 'resend' | 'reconcile';
    readonly smime?: {
      readonly signedWith: string | null;
      readonly encrypt: 'off' | 'when-possible' | 'required' | 'gateway';
      readonly withoutCertificate: readonly string[];
      readonly messages: readonly {
        readonly for: string | null;
        readonly encrypted: boolean;
        readonly sha256: string;
        readonly sizeBytes: number;
      }[];
    };
  } | null;
  readonly waitingFor: Failure | null;
  readonly sendAt: string | null;
  readonly round: number;
  readonly history: readonly {
    readonly at: string;
    readonly entry: 'held' | 'released' | 'cancelled' | 'requeued' | 'resolved' | 'lookup-ended' | 'declined';
    readonly verb: ('hold' | 'release' | 'cancel' | 'resend' | 'resolve') | null;
    readonly actor: string | null;
    readonly requestedBy: string | null;
    readonly reason: string | null;
    readonly detail: string | null;
    readonly recipients: readonly {
      readonly address: string;
      readonly before: 'pending' | 'deferred' | 'sent' | 'rejected' | 'expired' | 'cancelled' | 'unknown';
      readonly after: 'pending' | 'deferred' | 'sent' | 'rejected' | 'expired' | 'cancelled' | 'unknown';
      readonly correctedAddress?: string;
      readonly reply?: string;
    }[];
  }[];
};

export type OutgoingServerPatch = {
  readonly enabled?: boolean;
  readonly serverType?: 'smtp' | 'exchange';
  readonly senderAddress?: { readonly name?: string | null; readonly address?: string } | null;
  readonly timeoutSeconds?: number | null;
  readonly copyToSender?: ('off' | 'bcc' | 'auto') | null;
  readonly whenDisabled?: ('reject' | 'hold') | null;
  readonly onUnknown?: ('hold' | 'resend' | 'reconcile') | null;
  readonly smtp?: {
    readonly hostname?: string | null;
    readonly port?: number | null;
    readonly encryption?: ('none' | 'starttls' | 'implicit') | null;
    readonly authentication?: ('none' | 'windows' | 'password') | null;
    readonly username?: string | null;
    readonly allowCleartextAuthentication?: boolean | null;
    readonly clientCertificateId?: string | null;
    readonly trustedCertificateId?: string | null;
    readonly windowsMechanism?: ('negotiate' | 'kerberos' | 'ntlm') | null;
    readonly servicePrincipal?: string | null;
    readonly password?: string | null;
  };
  readonly exchange?: { readonly connectionId?: string | null };
  readonly limits?: {
    readonly preset?: ('none' | 'exchange-online') | null;
    readonly maxConnections?: number | null;
    readonly mailsPerMinute?: number | null;
    readonly recipientsPerDay?: number | null;
  };
  readonly smime?: {
    readonly sign?: boolean | null;
    readonly encrypt?: ('off' | 'when-possible' | 'required' | 'gateway') | null;
    readonly certificateId?: string | null;
    readonly gatewayCertificateId?: string | null;
    readonly contentEncryption?: ('aes-256-cbc' | 'aes-256-gcm') | null;
    readonly keyTransport?: ('rsa-pkcs1' | 'rsa-oaep') | null;
    readonly rsaSignature?: ('pkcs1' | 'pss') | null;
  };
};

export type OutgoingServerVersion = {
  readonly change: {
    readonly version: number;
    readonly changedAt: string;
    readonly changedBy: Actor;
    readonly operation: 'create' | 'put' | 'patch' | 'revert' | 'delete';
    readonly revertedTo: number | null;
    readonly reason: string | null;
    readonly differences: readonly {
      readonly pointer: string;
      readonly secret: boolean;
      readonly from: unknown;
      readonly to: unknown;
    }[];
  } | null;
  readonly settings: {
    readonly id: string;
    readonly version: number;
    readonly enabled: boolean;
    readonly serverType: 'smtp' | 'exchange';
    readonly senderAddress: Address | null;
    readonly timeoutSeconds: number;
    readonly copyToSender: 'off' | 'bcc' | 'auto';
    readonly whenDisabled: 'reject' | 'hold';
    readonly onUnknown: ('hold' | 'resend' | 'reconcile') | null;
    readonly smtp: {
      readonly hostname: string | null;
      readonly port: number | null;
      readonly encryption: 'none' | 'starttls' | 'implicit';
      readonly authentication: 'none' | 'windows' | 'password';
      readonly username: string | null;
      readonly allowCleartextAuthentication: boolean;
      readonly clientCertificateId: string | null;
      readonly trustedCertificateId: string | null;
      readonly windowsMechanism: 'negotiate' | 'kerberos' | 'ntlm';
      readonly servicePrincipal: string | null;
      readonly effectivePort: number;
      readonly passwordSet: boolean;
      readonly passwordSetAt: string | null;
    };
    readonly exchange: { readonly connectionId: string | null };
    readonly smime: {
      readonly sign: boolean;
      readonly encrypt: 'off' | 'when-possible' | 'required' | 'gateway';
      readonly certificateId: string | null;
      readonly gatewayCertificateId: string | null;
      readonly contentEncryption: 'aes-256-cbc' | 'aes-256-gcm';
      readonly keyTransport: 'rsa-pkcs1' | 'rsa-oaep';
      readonly rsaSignature: 'pkcs1' | 'pss';
    };
    readonly limits: {
      readonly preset: 'none' | 'exchange-online';
      readonly maxConnections: number | null;
      readonly mailsPerMinute: number | null;
      readonly recipientsPerDay: number | null;
    };
    readonly warnings: readonly Finding[];
    readonly updatedAt: string | null;
    readonly updatedBy: string | null;
  };
};

export type OutgoingServerView = {
  readonly id: string;
  readonly version: number;
  readonly enabled: boolean;
  readonly serverType: 'smtp' | 'exchange';
  readonly senderAddress: Address | null;
  readonly timeoutSeconds: number;
  readonly copyToSender: 'off' | 'bcc' | 'auto';
  readonly whenDisabled: 'reject' | 'hold';
  readonly onUnknown: ('hold' | 'resend' | 'reconcile') | null;
  readonly smtp: {
    readonly hostname: string | null;
    readonly port: number | null;
    readonly encryption: 'none' | 'starttls' | 'implicit';
    readonly authentication: 'none' | 'windows' | 'password';
    readonly username: string | null;
    readonly allowCleartextAuthentication: boolean;
    readonly clientCertificateId: string | null;
    readonly trustedCertificateId: string | null;
    readonly windowsMechanism: 'negotiate' | 'kerberos' | 'ntlm';
    readonly servicePrincipal: string | null;
    readonly effectivePort: number;
    readonly passwordSet: boolean;
    readonly passwordSetAt: string | null;
  };
  readonly exchange: { readonly connectionId: string | null };
  readonly smime: {
    readonly sign: boolean;
    readonly encrypt: 'off' | 'when-possible' | 'required' | 'gateway';
    readonly certificateId: string | null;
    readonly gatewayCertificateId: string | null;
    readonly contentEncryption: 'aes-256-cbc' | 'aes-256-gcm';
    readonly keyTransport: 'rsa-pkcs1' | 'rsa-oaep';
    readonly rsaSignature: 'pkcs1' | 'pss';
  };
  readonly limits: {
    readonly preset: 'none' | 'exchange-online';
    readonly maxConnections: number | null;
    readonly mailsPerMinute: number | null;
    readonly recipientsPerDay: number | null;
  };
  readonly warnings: readonly Finding[];
  readonly applied: ApplyStatus;
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
};

export type QueueStatus = {
  readonly serverId: string;
  readonly asOf: string;
  readonly state: 'idle' | 'moving' | 'limited' | 'standstill' | 'disabled';
  readonly mails: {
    readonly due: number;
    readonly later: number;
    readonly sending: number;
    readonly held: number;
    readonly unknown: number;
  };
  readonly oldestDueAt: string | null;
  readonly standstill: {
    readonly failure: Failure;
    readonly since: string | null;
    readonly nextProbeAt: string | null;
    readonly failedProbes: number;
  } | null;
  readonly limits: {
    readonly maxConnections: { readonly limit: number | null; readonly used: number };
    readonly mailsPerMinute: { readonly limit: number | null; readonly used: number };
    readonly recipientsPerDay: { readonly limit: number | null; readonly used: number };
    readonly reached: Failure | null;
  };
  readonly mailsPerMinute: number;
  readonly emptyAt: string | null;
};

export type ReleaseMail = {
  readonly reason?: string | null;
  readonly actor?: string | null;
  readonly notAfter?: string | null;
};

export type ResendMail = {
  readonly reason?: string | null;
  readonly actor?: string | null;
  readonly recipients?: readonly { readonly address: string; readonly correctedAddress?: string | null }[];
  readonly force?: boolean;
  readonly notAfter?: string | null;
};

export type ResolveMail = {
  readonly reason?: string | null;
  readonly actor?: string | null;
  readonly outcome: 'sent' | 'not-sent';
  readonly recipients?: readonly string[];
  readonly resend?: boolean;
  readonly notAfter?: string | null;
};

export type Revert = { readonly version: number; readonly reason?: string };

export interface Operations {
  readonly startSession: {
    readonly path: undefined;
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: { readonly credential: string };
    readonly response: {
      readonly kind: 'api-key' | 'token';
      readonly id: string;
      readonly name: string;
      readonly scopes: readonly (
        | 'settings:read'
        | 'settings:write'
        | 'secrets:write'
        | 'connection:test'
        | 'mail:send'
        | 'mail:read'
        | 'mail:manage'
        | 'audit:read'
        | 'admin'
      )[];
      readonly session: {
        readonly startedAt: string;
        readonly idleUntil: string;
        readonly endsAt: string;
      } | null;
    };
  };
  readonly getSession: {
    readonly path: undefined;
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: {
      readonly kind: 'api-key' | 'token';
      readonly id: string;
      readonly name: string;
      readonly scopes: readonly (
        | 'settings:read'
        | 'settings:write'
        | 'secrets:write'
        | 'connection:test'
        | 'mail:send'
        | 'mail:read'
        | 'mail:manage'
        | 'audit:read'
        | 'admin'
      )[];
      readonly session: {
        readonly startedAt: string;
        readonly idleUntil: string;
        readonly endsAt: string;
      } | null;
    };
  };
  readonly endSession: {
    readonly path: undefined;
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: unknown;
  };
  readonly getOutgoingServer: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: { readonly 'if-none-match'?: string };
    readonly body: undefined;
    readonly response: OutgoingServerView;
  };
  readonly patchOutgoingServer: {
    readonly path: { readonly id: string };
    readonly query: { readonly reason?: string };
    readonly headers: {
      readonly 'if-match'?: string;
      readonly 'idempotency-key'?: string;
      readonly prefer?: string;
    };
    readonly body: OutgoingServerPatch;
    readonly response: OutgoingServerView;
  };
  readonly getOutgoingServerApplyStatus: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: ApplyStatus;
  };
  readonly getOutgoingServerHistory: {
    readonly path: { readonly id: string };
    readonly query: { readonly cursor?: string; readonly limit?: number };
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: History;
  };
  readonly getOutgoingServerVersion: {
    readonly path: { readonly id: string; readonly version: number };
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: OutgoingServerVersion;
  };
  readonly diffOutgoingServerVersions: {
    readonly path: { readonly id: string };
    readonly query: { readonly from: number; readonly to: number };
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: Diff;
  };
  readonly revertOutgoingServer: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: {
      readonly 'if-match'?: string;
      readonly 'idempotency-key'?: string;
      readonly prefer?: string;
    };
    readonly body: Revert;
    readonly response: OutgoingServerView;
  };
  readonly startConnectionTest: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: { readonly prefer?: string };
    readonly body: ConnectionTestRequest;
    readonly response: ConnectionTest;
  };
  readonly getConnectionTest: {
    readonly path: { readonly id: string; readonly testId: string };
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: ConnectionTest;
  };
  readonly listConnectionTests: {
    readonly path: { readonly id: string };
    readonly query: { readonly cursor?: string; readonly limit?: number };
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: ConnectionTestList;
  };
  readonly listExchangeConnections: {
    readonly path: undefined;
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: ExchangeConnectionList;
  };
  readonly createExchangeConnection: {
    readonly path: undefined;
    readonly query: { readonly reason?: string };
    readonly headers: { readonly 'idempotency-key'?: string; readonly prefer?: string };
    readonly body: ExchangeConnectionPut;
    readonly response: ExchangeConnectionView;
  };
  readonly getExchangeConnection: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: { readonly 'if-none-match'?: string };
    readonly body: undefined;
    readonly response: ExchangeConnectionView;
  };
  readonly putExchangeConnection: {
    readonly path: { readonly id: string };
    readonly query: { readonly reason?: string };
    readonly headers: {
      readonly 'if-match'?: string;
      readonly 'idempotency-key'?: string;
      readonly prefer?: string;
    };
    readonly body: ExchangeConnectionPut;
    readonly response: ExchangeConnectionView;
  };
  readonly deleteExchangeConnection: {
    readonly path: { readonly id: string };
    readonly query: { readonly reason?: string };
    readonly headers: {
      readonly 'if-match'?: string;
      readonly 'idempotency-key'?: string;
      readonly prefer?: string;
    };
    readonly body: undefined;
    readonly response: unknown;
  };
  readonly getExchangeConnectionHistory: {
    readonly path: { readonly id: string };
    readonly query: { readonly cursor?: string; readonly limit?: number };
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: History;
  };
  readonly diffExchangeConnectionVersions: {
    readonly path: { readonly id: string };
    readonly query: { readonly from: number; readonly to: number };
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: Diff;
  };
  readonly revertExchangeConnection: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: {
      readonly 'if-match'?: string;
      readonly 'idempotency-key'?: string;
      readonly prefer?: string;
    };
    readonly body: Revert;
    readonly response: ExchangeConnectionView;
  };
  readonly startExchangeConnectionTest: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: { readonly prefer?: string };
    readonly body: ExchangeConnectionTestRequest;
    readonly response: ConnectionTest;
  };
  readonly getExchangeConnectionTest: {
    readonly path: { readonly id: string; readonly testId: string };
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: ConnectionTest;
  };
  readonly listExchangeConnectionTests: {
    readonly path: { readonly id: string };
    readonly query: { readonly cursor?: string; readonly limit?: number };
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: ConnectionTestList;
  };
  readonly listMails: {
    readonly path: undefined;
    readonly query: {
      readonly state?: string;
      readonly businessReference?: string;
      readonly since?: string;
      readonly until?: string;
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: MailList;
  };
  readonly getMail: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: MailStatus;
  };
  readonly sendMail: {
    readonly path: undefined;
    readonly query: {
      readonly 'X-Envelope-From'?: string;
      readonly 'X-Envelope-To'?: readonly string[];
      readonly businessReference?: string;
      readonly sendAt?: string;
      readonly notAfter?: string;
      readonly orderingKey?: string;
      readonly onUnknown?: 'hold' | 'resend' | 'reconcile';
    };
    readonly headers: { readonly 'idempotency-key'?: string };
    readonly body: MailRequest;
    readonly response: MailAccepted;
  };
  readonly holdMail: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: { readonly 'idempotency-key'?: string };
    readonly body: HoldMail;
    readonly response: MailStatus;
  };
  readonly releaseMail: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: { readonly 'idempotency-key'?: string };
    readonly body: ReleaseMail;
    readonly response: MailStatus;
  };
  readonly cancelMail: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: { readonly 'idempotency-key'?: string };
    readonly body: CancelMail;
    readonly response: MailStatus;
  };
  readonly resendMail: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: { readonly 'idempotency-key'?: string };
    readonly body: ResendMail;
    readonly response: MailStatus;
  };
  readonly resolveMail: {
    readonly path: { readonly id: string };
    readonly query: undefined;
    readonly headers: { readonly 'idempotency-key'?: string };
    readonly body: ResolveMail;
    readonly response: MailStatus;
  };
  readonly getQueueStatus: {
    readonly path: undefined;
    readonly query: undefined;
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: QueueStatus;
  };
  readonly listCertificates: {
    readonly path: undefined;
    readonly query: { readonly kind?: 'own' | 'trusted' | 'recipient' };
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: CertificateList;
  };
  readonly importCertificate: {
    readonly path: undefined;
    readonly query: { readonly reason?: string };
    readonly headers: undefined;
    readonly body: ImportCertificate;
    readonly response: CertificateView;
  };
  readonly createCertificateKey: {
    readonly path: undefined;
    readonly query: { readonly reason?: string };
    readonly headers: undefined;
    readonly body: CreateKey;
    readonly response: CertificateView;
  };
  readonly putIssuedCertificate: {
    readonly path: { readonly id: string };
    readonly query: { readonly reason?: string };
    readonly headers: {
      readonly 'if-match'?: string;
      readonly 'idempotency-key'?: string;
      readonly prefer?: string;
    };
    readonly body: IssuedCertificate;
    readonly response: CertificateView;
  };
  readonly deleteCertificate: {
    readonly path: { readonly id: string };
    readonly query: { readonly reason?: string };
    readonly headers: {
      readonly 'if-match'?: string;
      readonly 'idempotency-key'?: string;
      readonly prefer?: string;
    };
    readonly body: undefined;
    readonly response: unknown;
  };
  readonly listRecipientCertificates: {
    readonly path: undefined;
    readonly query: { readonly address?: string };
    readonly headers: undefined;
    readonly body: undefined;
    readonly response: CertificateList;
  };
  readonly importRecipientCertificates: {
    readonly path: undefined;
    readonly query: { readonly reason?: string };
    readonly headers: undefined;
    readonly body: ImportRecipients;
    readonly response: ImportedRecipients;
  };
}

export const routes = {
  startSession: ['POST', '/v1/session'],
  getSession: ['GET', '/v1/session'],
  endSession: ['DELETE', '/v1/session'],
  getOutgoingServer: ['GET', '/v1/outgoing-servers/{id}'],
  patchOutgoingServer: ['PATCH', '/v1/outgoing-servers/{id}'],
  getOutgoingServerApplyStatus: ['GET', '/v1/outgoing-servers/{id}/apply-status'],
  getOutgoingServerHistory: ['GET', '/v1/outgoing-servers/{id}/history'],
  getOutgoingServerVersion: ['GET', '/v1/outgoing-servers/{id}/history/{version}'],
  diffOutgoingServerVersions: ['GET', '/v1/outgoing-servers/{id}/diff'],
  revertOutgoingServer: ['POST', '/v1/outgoing-servers/{id}/revert'],
  startConnectionTest: ['POST', '/v1/outgoing-servers/{id}/connection-tests'],
  getConnectionTest: ['GET', '/v1/outgoing-servers/{id}/connection-tests/{testId}'],
  listConnectionTests: ['GET', '/v1/outgoing-servers/{id}/connection-tests'],
  listExchangeConnections: ['GET', '/v1/exchange-connections'],
  createExchangeConnection: ['POST', '/v1/exchange-connections'],
  getExchangeConnection: ['GET', '/v1/exchange-connections/{id}'],
  putExchangeConnection: ['PUT', '/v1/exchange-connections/{id}'],
  deleteExchangeConnection: ['DELETE', '/v1/exchange-connections/{id}'],
  getExchangeConnectionHistory: ['GET', '/v1/exchange-connections/{id}/history'],
  diffExchangeConnectionVersions: ['GET', '/v1/exchange-connections/{id}/diff'],
  revertExchangeConnection: ['POST', '/v1/exchange-connections/{id}/revert'],
  startExchangeConnectionTest: ['POST', '/v1/exchange-connections/{id}/connection-tests'],
  getExchangeConnectionTest: ['GET', '/v1/exchange-connections/{id}/connection-tests/{testId}'],
  listExchangeConnectionTests: ['GET', '/v1/exchange-connections/{id}/connection-tests'],
  listMails: ['GET', '/v1/mails'],
  getMail: ['GET', '/v1/mails/{id}'],
  sendMail: ['POST', '/v1/mails'],
  holdMail: ['POST', '/v1/mails/{id}/hold'],
  releaseMail: ['POST', '/v1/mails/{id}/release'],
  cancelMail: ['POST', '/v1/mails/{id}/cancel'],
  resendMail: ['POST', '/v1/mails/{id}/resend'],
  resolveMail: ['POST', '/v1/mails/{id}/resolve'],
  getQueueStatus: ['GET', '/v1/queue'],
  listCertificates: ['GET', '/v1/certificates'],
  importCertificate: ['POST', '/v1/certificates'],
  createCertificateKey: ['POST', '/v1/certificates/keys'],
  putIssuedCertificate: ['PUT', '/v1/certificates/{id}/certificate'],
  deleteCertificate: ['DELETE', '/v1/certificates/{id}'],
  listRecipientCertificates: ['GET', '/v1/recipient-certificates'],
  importRecipientCertificates: ['POST', '/v1/recipient-certificates'],
} as const satisfies Readonly<Record<keyof Operations, readonly [string, string]>>;
