// Generated from the OpenAPI document by `npm run generate:client-types`; a test compares. Types only.

/** For a program that is released with the service: `later: never` here closes the lists of values. */
export interface Releases {}
/** One of these values, or one of a later release of the service. */
export type Open<Known extends string> =
  Known | (Releases extends { readonly later: infer Later } ? Later : string & Record<never, never>);

export type LocalizedText = {
  /** English */
  readonly en: string;

  /** German */
  readonly de: string;
};

export type FindingParams = {
  readonly type?: string;

  /** All values that are allowed */
  readonly allowed?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly format?: string;
  readonly pattern?: string;
};

export type Finding = {
  /** JSON pointer (RFC 6901) of the value */
  readonly pointer: string;
  readonly code: Open<
    | 'unknown-field'
    | 'wrong-type'
    | 'unknown-value'
    | 'required'
    | 'too-long'
    | 'too-short'
    | 'too-many'
    | 'too-few'
    | 'duplicate-entry'
    | 'out-of-range'
    | 'control-character'
    | 'words-required'
    | 'wrong-format'
    | 'hostname-required'
    | 'hostname-invalid'
    | 'port-out-of-range'
    | 'username-required'
    | 'password-required'
    | 'secret-required'
    | 'secret-is-a-mask'
    | 'grant-required'
    | 'scope-foreign'
    | 'service-principal-invalid'
    | 'service-principal-foreign'
    | 'cleartext-authentication'
    | 'external-without-encryption'
    | 'timeout-out-of-range'
    | 'limit-out-of-range'
    | 'sender-address-required'
    | 'sender-key-required'
    | 'sender-not-allowed'
    | 'from-policy-any'
    | 'sender-unknown'
    | 'sender-duplicate'
    | 'sender-refused'
    | 'sender-address-shared'
    | 'address-invalid'
    | 'exchange-connection-required'
    | 'test-mailbox-unavailable'
    | 'exchange-connection-unknown'
    | 'mailbox-required'
    | 'authentication-unsupported'
    | 'tenant-required'
    | 'tenant-invalid'
    | 'client-id-required'
    | 'client-secret-required'
    | 'certificate-not-rsa'
    | 'url-required'
    | 'url-invalid'
    | 'certificate-unknown'
    | 'certificate-kind-wrong'
    | 'certificate-pending'
    | 'certificate-changed'
    | 'certificate-unreadable'
    | 'certificate-encryption-unsupported'
    | 'certificate-rounds-too-many'
    | 'certificate-password-required'
    | 'certificate-password-wrong'
    | 'certificate-missing'
    | 'certificate-ambiguous'
    | 'certificate-expired'
    | 'certificate-not-yet-valid'
    | 'certificate-usage-wrong'
    | 'certificate-key-weak'
    | 'certificate-key-unsupported'
    | 'certificate-address-missing'
    | 'certificate-address-mismatch'
    | 'certificate-chain-broken'
    | 'private-key-missing'
    | 'private-key-mismatch'
    | 'certificate-required'
    | 'feature-unavailable'
    | 'recipient-required'
    | 'header-not-allowed'
    | 'base64-invalid'
    | 'content-type-invalid'
    | 'calendar-invalid'
    | 'calendar-method-mismatch'
    | 'html-too-complex'
    | 'range-empty'
    | 'too-many-steps'
    | 'step-not-kept'
    | 'date-invalid'
    | 'date-in-the-past'
    | 'before-send-at'
    | 'date-too-far'
    | 'line-too-long'
    | 'header-not-ascii'
    | 'message-malformed'
    | 'version-unknown'
    | 'domain-invalid'
    | 'address-or-domain-invalid'
    | 'redirect-target-required'
    | 'redirect-only-for-copy'
    | 'environment-name-required'
    | 'domain-not-allowed'
    | 'larger-than-quota'
    | 'scope-not-held'
  >;
  readonly message: LocalizedText;
  readonly params?: FindingParams;

  /** The other resource it is about */
  readonly resource?: string;
};

/** A problem as defined by RFC 9457 */
export type Problem = {
  /** URI reference. A GET there answers the cause and the remedy in German and English */
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: Open<
    | 'request-malformed'
    | 'request-invalid'
    | 'unauthenticated'
    | 'forbidden'
    | 'cross-site-request'
    | 'start-link-invalid'
    | 'session-needs-https'
    | 'sign-in-not-begun'
    | 'sign-in-denied'
    | 'sign-in-refused'
    | 'sign-in-issuer-wrong'
    | 'sign-in-audience-wrong'
    | 'sign-in-claim-missing'
    | 'sign-in-token-invalid'
    | 'sign-in-without-scopes'
    | 'sign-in-account-only'
    | 'recipient-not-allowed'
    | 'sender-not-allowed'
    | 'not-found'
    | 'method-not-allowed'
    | 'content-gone'
    | 'request-timeout'
    | 'mail-disabled'
    | 'mail-sending'
    | 'mail-finished'
    | 'mail-not-finished'
    | 'outcome-not-unknown'
    | 'recipient-sent'
    | 'mail-redirected'
    | 'not-after-passed'
    | 'idempotency-conflict'
    | 'resource-in-use'
    | 'sender-in-use'
    | 'environment-confirmed'
    | 'last-admin-key'
    | 'version-conflict'
    | 'body-too-large'
    | 'uri-too-long'
    | 'media-type-unsupported'
    | 'settings-invalid'
    | 'certificate-invalid'
    | 'mail-invalid'
    | 'recipient-unknown'
    | 'correction-invalid'
    | 'api-key-invalid'
    | 'precondition-required'
    | 'rate-limited'
    | 'quota-exceeded'
    | 'headers-too-large'
    | 'internal-error'
    | 'outcome-unknown'
    | 'identity-provider-unavailable'
    | 'no-mailer'
    | 'history-incomplete'
    | 'overloaded'
    | 'stopping'
    | 'log-unavailable'
    | 'store-unavailable'
    | 'store-full'
    | 'log-full'
  >;

  /** What happened in this case, and what to do about it */
  readonly detail?: string;

  /** Why an access token was refused, for the operator */
  readonly reason?: Open<
    | 'token-malformed'
    | 'token-too-long'
    | 'token-algorithm'
    | 'token-header-unknown'
    | 'token-issuer'
    | 'token-key-unknown'
    | 'token-signature'
    | 'token-claim-missing'
    | 'token-claim-invalid'
    | 'token-audience'
    | 'token-not-yet-valid'
    | 'token-expired'
    | 'token-issued-in-future'
    | 'token-too-old'
    | 'token-not-access'
    | 'token-provider-unavailable'
    | 'token-provider-mismatch'
  >;
  readonly findings?: readonly Finding[];

  /** Whether the same request may succeed later */
  readonly retriable: boolean;
};

export type ProblemType = {
  /** URI reference, the same as in the problem */
  readonly type: string;
  readonly code: Open<
    | 'request-malformed'
    | 'request-invalid'
    | 'unauthenticated'
    | 'forbidden'
    | 'cross-site-request'
    | 'start-link-invalid'
    | 'session-needs-https'
    | 'sign-in-not-begun'
    | 'sign-in-denied'
    | 'sign-in-refused'
    | 'sign-in-issuer-wrong'
    | 'sign-in-audience-wrong'
    | 'sign-in-claim-missing'
    | 'sign-in-token-invalid'
    | 'sign-in-without-scopes'
    | 'sign-in-account-only'
    | 'recipient-not-allowed'
    | 'sender-not-allowed'
    | 'not-found'
    | 'method-not-allowed'
    | 'content-gone'
    | 'request-timeout'
    | 'mail-disabled'
    | 'mail-sending'
    | 'mail-finished'
    | 'mail-not-finished'
    | 'outcome-not-unknown'
    | 'recipient-sent'
    | 'mail-redirected'
    | 'not-after-passed'
    | 'idempotency-conflict'
    | 'resource-in-use'
    | 'sender-in-use'
    | 'environment-confirmed'
    | 'last-admin-key'
    | 'version-conflict'
    | 'body-too-large'
    | 'uri-too-long'
    | 'media-type-unsupported'
    | 'settings-invalid'
    | 'certificate-invalid'
    | 'mail-invalid'
    | 'recipient-unknown'
    | 'correction-invalid'
    | 'api-key-invalid'
    | 'precondition-required'
    | 'rate-limited'
    | 'quota-exceeded'
    | 'headers-too-large'
    | 'internal-error'
    | 'outcome-unknown'
    | 'identity-provider-unavailable'
    | 'no-mailer'
    | 'history-incomplete'
    | 'overloaded'
    | 'stopping'
    | 'log-unavailable'
    | 'store-unavailable'
    | 'store-full'
    | 'log-full'
  >;

  /** HTTP status of the problem */
  readonly status: number;

  /** Whether the same request may succeed later */
  readonly retriable: boolean;
  readonly title: LocalizedText;
  readonly cause: LocalizedText;
  readonly remedy: LocalizedText;
};

export type ProblemTypeList = { readonly items: readonly ProblemType[] };

export type Version = {
  /** The release */
  readonly version: string;

  /** The release of Node.js */
  readonly node: string;
};

export type Liveness = { readonly status: 'ok' };

export type Readiness = {
  readonly ready: boolean;

  /** The result of each check: ok, or what is wrong */
  readonly checks: Readonly<Record<string, string>>;
};

export type SignIn = {
  /** An API key, or an access token of the identity provider */
  readonly credential: string;
};

export type SessionSession = {
  readonly startedAt: string;

  /** The session ends at this time unless it is read before */
  readonly idleUntil: string;

  /** The session ends at this time in any case */
  readonly endsAt: string;
};

export type Session = {
  readonly kind: Open<'api-key' | 'token'>;
  readonly id: string;
  readonly name: string;

  /** What the caller is allowed to do. admin is expanded to all scopes */
  readonly scopes: readonly Open<
    | 'settings:read'
    | 'settings:write'
    | 'secrets:write'
    | 'connection:test'
    | 'mail:send'
    | 'mail:read'
    | 'mail:read:all'
    | 'mail:content'
    | 'mail:manage'
    | 'mail:manage:all'
    | 'audit:read'
    | 'admin'
  >[];

  /** null: the request was authenticated by a header */
  readonly session: SessionSession | null;
};

export type Address = {
  /** Display name */
  readonly name?: string;

  /** addr-spec */
  readonly address: string;
};

export type OutgoingServerViewFromPolicy = {
  /** Which addresses mail may be sent from. known: those of active senders, and the default sender. known-or-domains: also those of `domains`. any: every address */
  readonly kind: Open<'any' | 'known' | 'known-or-domains'>;

  /** With `*.` all below a domain. Empty: the domain of the default sender */
  readonly domains: readonly string[];
};

export type OutgoingServerViewExchange = {
  /** The Exchange connection that mail is sent through */
  readonly connectionId: string | null;
};

export type OutgoingServerViewSmime = {
  /** when-possible: a message is sent unencrypted if a recipient has no certificate. required: it fails. gateway: every message is encrypted to `gatewayCertificateId` */
  readonly encrypt: Open<'off' | 'when-possible' | 'required' | 'gateway'>;

  /** Whether messages are signed */
  readonly sign: boolean;

  /** Own certificate. It signs, and every encrypted message can also be read with it */
  readonly certificateId: string | null;

  /** Recipient certificate of the gateway */
  readonly gatewayCertificateId: string | null;

  /** auto: aes-256-gcm where the certificates of all recipients of a message declare it (RFC 4262), else aes-256-cbc. aes-256-gcm is newer; older mail programs cannot read it */
  readonly contentEncryption: Open<'auto' | 'aes-256-cbc' | 'aes-256-gcm'>;

  /** For recipients with RSA keys */
  readonly keyTransport: Open<'rsa-pkcs1' | 'rsa-oaep'>;

  /** For signatures with RSA keys */
  readonly rsaSignature: Open<'pkcs1' | 'pss'>;
};

export type OutgoingServerViewLimits = {
  /** exchange-online: 3 connections, 30 mails a minute, 10,000 recipients a day, as announced */
  readonly preset: Open<'none' | 'exchange-online'>;

  /** At the same time, 1 to 100: all mailers together never have more. null: as in the preset; where that names none, each mailer begins with 5 and finds by itself how many it needs, 20 at most */
  readonly maxConnections: number | null;

  /** In any 60 seconds. null: as in the preset */
  readonly mailsPerMinute: number | null;

  /** In any 24 hours, at least 100. null: as in the preset */
  readonly recipientsPerDay: number | null;
};

export type OutgoingServerViewSmtp = {
  /** windows: Kerberos with the identity of the mailer, or NTLMv2 with a domain user. external: the client certificate is the sign-in (SASL EXTERNAL) */
  readonly authentication: Open<'none' | 'windows' | 'password' | 'external'>;

  /** Host name or IP address */
  readonly hostname: string | null;

  /** null: 25, 587 or 465, depending on the encryption */
  readonly port: number | null;

  /** For windows. negotiate: Kerberos, or NTLMv2 if Kerberos is not possible and a domain user is given. ntlm: needs a domain user */
  readonly windowsMechanism: Open<'negotiate' | 'kerberos' | 'ntlm'>;

  /** For windows. Replaces SMTPSVC/<hostname>. The class is SMTPSVC or smtp; a host other than hostname has to be one of KERBEROS_HOSTS */
  readonly servicePrincipal: string | null;

  /** For windows: the domain user for NTLM, as DOMAIN\user or user@domain */
  readonly username: string | null;
  readonly passwordSet: boolean;
  readonly passwordSetAt: string | null;

  /** For external. Whom to act as (RFC 4422 §3.4.1). null: the account of the certificate */
  readonly authorizationIdentity: string | null;

  /** starttls and implicit are always required and verified, never opportunistic */
  readonly encryption: Open<'none' | 'starttls' | 'implicit'>;

  /** Allows authentication over an unencrypted connection */
  readonly allowCleartextAuthentication: boolean;

  /** Own certificate that the mailer presents to the mail server */
  readonly clientCertificateId: string | null;

  /** When somebody with the scope `secrets:write` allowed the use of the certificate or the Kerberos identity for the present destination */
  readonly identityGrantedAt: string | null;

  /** Authority or server certificate to trust instead of the public authorities */
  readonly trustedCertificateId: string | null;

  /** The port, or the default of the encryption */
  readonly effectivePort: number;
};

export type Failure = {
  readonly code: Open<
    | 'environment-held'
    | 'host-not-found'
    | 'dns-unavailable'
    | 'destination-not-allowed'
    | 'port-not-allowed'
    | 'connection-refused'
    | 'connection-timeout'
    | 'network-unreachable'
    | 'connection-lost'
    | 'greeting-timeout'
    | 'not-an-smtp-server'
    | 'server-busy'
    | 'server-throttled'
    | 'rate-limited'
    | 'key-quota-reached'
    | 'too-many-recipients'
    | 'server-refuses-service'
    | 'starttls-not-offered'
    | 'tls-not-spoken'
    | 'tls-version-unsupported'
    | 'tls-failed'
    | 'certificate-expired'
    | 'certificate-not-yet-valid'
    | 'certificate-name-mismatch'
    | 'certificate-name-missing'
    | 'certificate-untrusted'
    | 'tls-client-certificate-refused'
    | 'ehlo-refused'
    | 'sign-in-paused'
    | 'ehlo-name-unqualified'
    | 'authentication-not-offered'
    | 'authentication-mechanism-unsupported'
    | 'credentials-rejected'
    | 'external-not-offered'
    | 'external-rejected'
    | 'client-certificate-required'
    | 'windows-sign-in-not-offered'
    | 'kerberos-unavailable'
    | 'kerberos-no-ticket'
    | 'kerberos-keytab-unusable'
    | 'kerberos-identity-rejected'
    | 'kerberos-kdc-unreachable'
    | 'kerberos-service-unknown'
    | 'kerberos-clock-skew'
    | 'kerberos-ticket-rejected'
    | 'kerberos-failed'
    | 'sign-in-unproven'
    | 'ntlm-challenge-unsafe'
    | 'channel-binding-rejected'
    | 'authentication-unavailable'
    | 'authentication-required'
    | 'token-refused'
    | 'client-secret-wrong'
    | 'client-secret-expired'
    | 'client-certificate-rejected'
    | 'client-unknown'
    | 'tenant-unknown'
    | 'consent-missing'
    | 'authority-unavailable'
    | 'token-rejected'
    | 'mailbox-unknown'
    | 'permission-missing'
    | 'exchange-protocol-blocked'
    | 'not-an-exchange-server'
    | 'proxy-sign-in-refused'
    | 'proxy-failed'
    | 'secret-required'
    | 'grant-required'
    | 'service-principal-foreign'
    | 'secret-unreadable'
    | 'settings-pending'
    | 'settings-invalid'
    | 'too-many-connections'
    | 'sending-quota-reached'
    | 'client-blocklisted'
    | 'reverse-dns-missing'
    | 'account-blocked'
    | 'tenant-blocked'
    | 'sender-unauthenticated'
    | 'refused-alike'
    | 'encryption-required'
    | 'app-password-required'
    | 'smtp-sign-in-disabled'
    | 'sign-in-blocked'
    | 'web-sign-in-required'
    | 'account-locked'
    | 'password-expired'
    | 'mailbox-full'
    | 'sender-mailbox-full'
    | 'clock-wrong'
    | 'subscription-missing'
    | 'audience-wrong'
    | 'proxy-answered'
    | 'certificate-chain-incomplete'
    | 'certificate-key-weak'
    | 'sender-refused'
    | 'sender-replaced'
    | 'probe-needed'
    | 'recipient-refused'
    | 'relay-denied'
    | 'outside-recipient-refused'
    | 'relay-unproven'
    | 'recipient-deferred'
    | 'message-too-large'
    | 'message-refused'
    | 'message-deferred'
    | 'smtputf8-unsupported'
    | '8bitmime-unsupported'
    | 'smime-recipient-certificate-missing'
    | 'sender-not-allowed'
    | 'sender-unknown'
    | 'smime-sender-mismatch'
    | 'smime-certificate-unusable'
    | 'smime-too-large'
    | 'message-uncomposable'
    | 'disk-full'
    | 'content-unavailable'
    | 'timeout'
    | 'unexpected-reply'
    | 'outcome-unknown'
    | 'expired'
    | 'resolved-not-sent'
    | 'no-recipient-left'
  >;

  /** What the failure means for the mail. It follows from the code; older events do not contain it */
  readonly class?: Open<
    'transient' | 'permanent' | 'throttled' | 'authentication' | 'tls' | 'configuration' | 'unknown'
  >;
  readonly en: string;
  readonly de: string;

  /** Technical detail, never a secret */
  readonly detail?: string;

  /** The pause that the server requested */
  readonly retryAfterSeconds?: number;

  /** The time of the next attempt, if it is known */
  readonly retryAt?: string;
};

export type MailerApplyState = {
  /** Mailer id */
  readonly id: string;

  /** The newest version that this mailer has read */
  readonly version: number;
  readonly state: Open<'pending' | 'applied' | 'failed'>;

  /** The version that mail is sent with. null: none, and mail waits */
  readonly servingVersion: number | null;
  readonly failure: Failure | null;
  readonly reportedAt: string | null;
};

export type ApplyStatus = {
  readonly state: Open<'applied' | 'pending' | 'failed' | 'no-mailer'>;
  readonly version: number;
  readonly mailers: readonly MailerApplyState[];
};

export type OutgoingServerView = {
  readonly id: string;

  /** Also the ETag. 0: never saved */
  readonly version: number;

  /** Whether mail is sent. While it is false, content is saved without being checked, and `warnings` says what would be wrong */
  readonly enabled: boolean;

  /** smtp, exchange: the half of the content that is in use; the other half is kept. test-mailbox: the built-in test mailbox, which delivers nothing */
  readonly serverType: Open<'smtp' | 'exchange' | 'test-mailbox'>;

  /** Default sender */
  readonly senderAddress: Address | null;

  /** bcc: every mail also goes to its sender. auto: unless the server keeps a copy of sent mail itself */
  readonly copyToSender: Open<'off' | 'bcc' | 'auto'>;
  readonly fromPolicy: OutgoingServerViewFromPolicy;

  /** What happens to a mail whose `from` the policy does not allow. rewrite: it is sent as the default sender, and replies go to `from`. Finished messages are refused in any case */
  readonly onForeignSender: Open<'refuse' | 'rewrite'>;

  /** Inactivity limit, 5 to 3600 */
  readonly timeoutSeconds: number;

  /** What happens to new mail while sending is off */
  readonly whenDisabled: Open<'reject' | 'hold'>;

  /** What happens to a mail when the connection breaks after the final dot, unless the mail has its own policy. null: hold with SMTP, reconcile with Exchange */
  readonly onUnknown: Open<'hold' | 'resend' | 'reconcile'> | null;
  readonly exchange: OutgoingServerViewExchange;
  readonly smime: OutgoingServerViewSmime;
  readonly limits: OutgoingServerViewLimits;
  readonly smtp: OutgoingServerViewSmtp;

  /** Findings that do not count while sending is off */
  readonly warnings: readonly Finding[];
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
  readonly applied: ApplyStatus;
};

export type OutgoingServerList = { readonly items: readonly OutgoingServerView[] };

export type ServerPresetSmtp = {
  /** Host name or IP address */
  readonly hostname: string | null;

  /** null: 25, 587 or 465, depending on the encryption */
  readonly port: number | null;

  /** starttls and implicit are always required and verified, never opportunistic */
  readonly encryption: Open<'none' | 'starttls' | 'implicit'>;

  /** windows: Kerberos with the identity of the mailer, or NTLMv2 with a domain user. external: the client certificate is the sign-in (SASL EXTERNAL) */
  readonly authentication: Open<'none' | 'windows' | 'password' | 'external'>;
};

export type ServerPresetConnection = {
  /** ews: for on-premises Exchange; the end of EWS for Exchange Online has been announced */
  readonly protocol: Open<'graph' | 'smtp-oauth' | 'ews'>;

  /** Anything but oauth needs ews */
  readonly authentication: Open<'oauth' | 'basic' | 'ntlm' | 'negotiate'>;

  /** Determines the authority and the endpoints. custom: they have fields of their own */
  readonly cloud: Open<'global' | 'us-government' | 'us-government-dod' | 'china' | 'custom'>;
};

export type ServerPresetLimits = {
  /** exchange-online: 3 connections, 30 mails a minute, 10,000 recipients a day, as announced */
  readonly preset: Open<'none' | 'exchange-online'>;

  /** At the same time, 1 to 100: all mailers together never have more. null: as in the preset; where that names none, each mailer begins with 5 and finds by itself how many it needs, 20 at most */
  readonly maxConnections: number | null;

  /** In any 60 seconds. null: as in the preset */
  readonly mailsPerMinute: number | null;

  /** In any 24 hours, at least 100. null: as in the preset */
  readonly recipientsPerDay: number | null;
};

export type ServerPreset = {
  readonly id: Open<
    | 'microsoft-365'
    | 'exchange-on-premises'
    | 'ionos'
    | 'strato'
    | 'telekom'
    | 'gmx'
    | 'web-de'
    | 'google-relay'
    | 'gmail'
    | 'own'
    | 'test-mailbox'
  >;
  readonly name: LocalizedText;

  /** smtp, exchange: the half of the content that is in use; the other half is kept. test-mailbox: the built-in test mailbox, which delivers nothing */
  readonly serverType: Open<'smtp' | 'exchange' | 'test-mailbox'>;

  /** With the server type smtp: what `smtp` of the settings gets */
  readonly smtp: ServerPresetSmtp | null;

  /** With the server type exchange: what the Exchange connection gets */
  readonly connection: ServerPresetConnection | null;

  /** What `limits` of the settings gets: limits that the vendor has announced */
  readonly limits: ServerPresetLimits;

  /** JSON pointers of the fields that a person fills in: of the Exchange connection with the server type exchange, else of the settings */
  readonly asks: readonly string[];
  readonly needs: LocalizedText;

  /** Pages of the vendor about it */
  readonly sources: readonly string[];
};

export type ServerPresetList = { readonly items: readonly ServerPreset[] };

export type OutgoingServerFromPolicy = {
  /** Which addresses mail may be sent from. known: those of active senders, and the default sender. known-or-domains: also those of `domains`. any: every address */
  readonly kind?: 'any' | 'known' | 'known-or-domains';

  /** With `*.` all below a domain. Empty: the domain of the default sender */
  readonly domains?: readonly string[];
};

export type OutgoingServerSmtp = {
  /** windows: Kerberos with the identity of the mailer, or NTLMv2 with a domain user. external: the client certificate is the sign-in (SASL EXTERNAL) */
  readonly authentication?: 'none' | 'windows' | 'password' | 'external';

  /** Host name or IP address */
  readonly hostname?: string | null;

  /** null: 25, 587 or 465, depending on the encryption */
  readonly port?: number | null;

  /** For windows. negotiate: Kerberos, or NTLMv2 if Kerberos is not possible and a domain user is given. ntlm: needs a domain user */
  readonly windowsMechanism?: 'negotiate' | 'kerberos' | 'ntlm';

  /** For windows. Replaces SMTPSVC/<hostname>. The class is SMTPSVC or smtp; a host other than hostname has to be one of KERBEROS_HOSTS */
  readonly servicePrincipal?: string | null;

  /** For windows: the domain user for NTLM, as DOMAIN\user or user@domain */
  readonly username?: string | null;

  /** Never returned. Absent: the stored secret is kept. null: it is deleted */
  readonly password?: string | null;

  /** For external. Whom to act as (RFC 4422 §3.4.1). null: the account of the certificate */
  readonly authorizationIdentity?: string | null;

  /** starttls and implicit are always required and verified, never opportunistic */
  readonly encryption?: 'none' | 'starttls' | 'implicit';

  /** Allows authentication over an unencrypted connection */
  readonly allowCleartextAuthentication?: boolean;

  /** Own certificate that the mailer presents to the mail server */
  readonly clientCertificateId?: string | null;

  /** Authority or server certificate to trust instead of the public authorities */
  readonly trustedCertificateId?: string | null;

  /** As GET answers it. Ignored in a request */
  readonly passwordSet?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly passwordSetAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly identityGrantedAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly effectivePort?: unknown;
};

export type OutgoingServerExchange = {
  /** The Exchange connection that mail is sent through */
  readonly connectionId?: string | null;
};

export type OutgoingServerSmime = {
  /** when-possible: a message is sent unencrypted if a recipient has no certificate. required: it fails. gateway: every message is encrypted to `gatewayCertificateId` */
  readonly encrypt?: 'off' | 'when-possible' | 'required' | 'gateway';

  /** Whether messages are signed */
  readonly sign?: boolean;

  /** Own certificate. It signs, and every encrypted message can also be read with it */
  readonly certificateId?: string | null;

  /** Recipient certificate of the gateway */
  readonly gatewayCertificateId?: string | null;

  /** auto: aes-256-gcm where the certificates of all recipients of a message declare it (RFC 4262), else aes-256-cbc. aes-256-gcm is newer; older mail programs cannot read it */
  readonly contentEncryption?: 'auto' | 'aes-256-cbc' | 'aes-256-gcm';

  /** For recipients with RSA keys */
  readonly keyTransport?: 'rsa-pkcs1' | 'rsa-oaep';

  /** For signatures with RSA keys */
  readonly rsaSignature?: 'pkcs1' | 'pss';
};

export type OutgoingServerLimits = {
  /** exchange-online: 3 connections, 30 mails a minute, 10,000 recipients a day, as announced */
  readonly preset?: 'none' | 'exchange-online';

  /** At the same time, 1 to 100: all mailers together never have more. null: as in the preset; where that names none, each mailer begins with 5 and finds by itself how many it needs, 20 at most */
  readonly maxConnections?: number | null;

  /** In any 60 seconds. null: as in the preset */
  readonly mailsPerMinute?: number | null;

  /** In any 24 hours, at least 100. null: as in the preset */
  readonly recipientsPerDay?: number | null;
};

export type OutgoingServerPutSmtp = {
  readonly serverType: 'smtp';

  /** Whether mail is sent. While it is false, content is saved without being checked, and `warnings` says what would be wrong */
  readonly enabled: boolean;

  /** Default sender */
  readonly senderAddress?: Address;

  /** bcc: every mail also goes to its sender. auto: unless the server keeps a copy of sent mail itself */
  readonly copyToSender?: 'off' | 'bcc' | 'auto';
  readonly fromPolicy?: OutgoingServerFromPolicy;

  /** What happens to a mail whose `from` the policy does not allow. rewrite: it is sent as the default sender, and replies go to `from`. Finished messages are refused in any case */
  readonly onForeignSender?: 'refuse' | 'rewrite';

  /** Inactivity limit, 5 to 3600 */
  readonly timeoutSeconds?: number;

  /** What happens to new mail while sending is off */
  readonly whenDisabled?: 'reject' | 'hold';

  /** What happens to a mail when the connection breaks after the final dot, unless the mail has its own policy. null: hold with SMTP, reconcile with Exchange */
  readonly onUnknown?: ('hold' | 'resend' | 'reconcile') | null;
  readonly smtp: OutgoingServerSmtp;
  readonly exchange?: OutgoingServerExchange;
  readonly smime?: OutgoingServerSmime;
  readonly limits?: OutgoingServerLimits;

  /** As GET answers it. Ignored in a request */
  readonly id?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly version?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly warnings?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedBy?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly applied?: unknown;
};

export type OutgoingServerPutExchange = {
  readonly serverType: 'exchange';

  /** Whether mail is sent. While it is false, content is saved without being checked, and `warnings` says what would be wrong */
  readonly enabled: boolean;

  /** Default sender */
  readonly senderAddress?: Address;

  /** bcc: every mail also goes to its sender. auto: unless the server keeps a copy of sent mail itself */
  readonly copyToSender?: 'off' | 'bcc' | 'auto';
  readonly fromPolicy?: OutgoingServerFromPolicy;

  /** What happens to a mail whose `from` the policy does not allow. rewrite: it is sent as the default sender, and replies go to `from`. Finished messages are refused in any case */
  readonly onForeignSender?: 'refuse' | 'rewrite';

  /** Inactivity limit, 5 to 3600 */
  readonly timeoutSeconds?: number;

  /** What happens to new mail while sending is off */
  readonly whenDisabled?: 'reject' | 'hold';

  /** What happens to a mail when the connection breaks after the final dot, unless the mail has its own policy. null: hold with SMTP, reconcile with Exchange */
  readonly onUnknown?: ('hold' | 'resend' | 'reconcile') | null;
  readonly smtp?: OutgoingServerSmtp;
  readonly exchange: OutgoingServerExchange;
  readonly smime?: OutgoingServerSmime;
  readonly limits?: OutgoingServerLimits;

  /** As GET answers it. Ignored in a request */
  readonly id?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly version?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly warnings?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedBy?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly applied?: unknown;
};

export type OutgoingServerPutTestMailbox = {
  readonly serverType: 'test-mailbox';

  /** Whether mail is sent. While it is false, content is saved without being checked, and `warnings` says what would be wrong */
  readonly enabled: boolean;

  /** Default sender */
  readonly senderAddress?: Address;

  /** bcc: every mail also goes to its sender. auto: unless the server keeps a copy of sent mail itself */
  readonly copyToSender?: 'off' | 'bcc' | 'auto';
  readonly fromPolicy?: OutgoingServerFromPolicy;

  /** What happens to a mail whose `from` the policy does not allow. rewrite: it is sent as the default sender, and replies go to `from`. Finished messages are refused in any case */
  readonly onForeignSender?: 'refuse' | 'rewrite';

  /** Inactivity limit, 5 to 3600 */
  readonly timeoutSeconds?: number;

  /** What happens to new mail while sending is off */
  readonly whenDisabled?: 'reject' | 'hold';

  /** What happens to a mail when the connection breaks after the final dot, unless the mail has its own policy. null: hold with SMTP, reconcile with Exchange */
  readonly onUnknown?: ('hold' | 'resend' | 'reconcile') | null;
  readonly smtp?: OutgoingServerSmtp;
  readonly exchange?: OutgoingServerExchange;
  readonly smime?: OutgoingServerSmime;
  readonly limits?: OutgoingServerLimits;

  /** As GET answers it. Ignored in a request */
  readonly id?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly version?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly warnings?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedBy?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly applied?: unknown;
};

export type OutgoingServerPut =
  OutgoingServerPutSmtp | OutgoingServerPutExchange | OutgoingServerPutTestMailbox;

export type OutgoingServerPatchSenderAddress = {
  /** Display name */
  readonly name?: string | null;

  /** addr-spec */
  readonly address?: string;
} | null;

export type OutgoingServerPatchFromPolicy = {
  /** Which addresses mail may be sent from. known: those of active senders, and the default sender. known-or-domains: also those of `domains`. any: every address */
  readonly kind?: ('any' | 'known' | 'known-or-domains') | null;

  /** With `*.` all below a domain. Empty: the domain of the default sender */
  readonly domains?: readonly string[] | null;
};

export type OutgoingServerPatchSmtp = {
  /** windows: Kerberos with the identity of the mailer, or NTLMv2 with a domain user. external: the client certificate is the sign-in (SASL EXTERNAL) */
  readonly authentication?: ('none' | 'windows' | 'password' | 'external') | null;

  /** Host name or IP address */
  readonly hostname?: string | null;

  /** null: 25, 587 or 465, depending on the encryption */
  readonly port?: number | null;

  /** For windows. negotiate: Kerberos, or NTLMv2 if Kerberos is not possible and a domain user is given. ntlm: needs a domain user */
  readonly windowsMechanism?: ('negotiate' | 'kerberos' | 'ntlm') | null;

  /** For windows. Replaces SMTPSVC/<hostname>. The class is SMTPSVC or smtp; a host other than hostname has to be one of KERBEROS_HOSTS */
  readonly servicePrincipal?: string | null;

  /** For windows: the domain user for NTLM, as DOMAIN\user or user@domain */
  readonly username?: string | null;

  /** Never returned. Absent: the stored secret is kept. null: it is deleted */
  readonly password?: string | null;

  /** For external. Whom to act as (RFC 4422 §3.4.1). null: the account of the certificate */
  readonly authorizationIdentity?: string | null;

  /** starttls and implicit are always required and verified, never opportunistic */
  readonly encryption?: ('none' | 'starttls' | 'implicit') | null;

  /** Allows authentication over an unencrypted connection */
  readonly allowCleartextAuthentication?: boolean | null;

  /** Own certificate that the mailer presents to the mail server */
  readonly clientCertificateId?: string | null;

  /** Authority or server certificate to trust instead of the public authorities */
  readonly trustedCertificateId?: string | null;
};

export type OutgoingServerPatchExchange = {
  /** The Exchange connection that mail is sent through */
  readonly connectionId?: string | null;
};

export type OutgoingServerPatchSmime = {
  /** when-possible: a message is sent unencrypted if a recipient has no certificate. required: it fails. gateway: every message is encrypted to `gatewayCertificateId` */
  readonly encrypt?: ('off' | 'when-possible' | 'required' | 'gateway') | null;

  /** Whether messages are signed */
  readonly sign?: boolean | null;

  /** Own certificate. It signs, and every encrypted message can also be read with it */
  readonly certificateId?: string | null;

  /** Recipient certificate of the gateway */
  readonly gatewayCertificateId?: string | null;

  /** auto: aes-256-gcm where the certificates of all recipients of a message declare it (RFC 4262), else aes-256-cbc. aes-256-gcm is newer; older mail programs cannot read it */
  readonly contentEncryption?: ('auto' | 'aes-256-cbc' | 'aes-256-gcm') | null;

  /** For recipients with RSA keys */
  readonly keyTransport?: ('rsa-pkcs1' | 'rsa-oaep') | null;

  /** For signatures with RSA keys */
  readonly rsaSignature?: ('pkcs1' | 'pss') | null;
};

export type OutgoingServerPatchLimits = {
  /** exchange-online: 3 connections, 30 mails a minute, 10,000 recipients a day, as announced */
  readonly preset?: ('none' | 'exchange-online') | null;

  /** At the same time, 1 to 100: all mailers together never have more. null: as in the preset; where that names none, each mailer begins with 5 and finds by itself how many it needs, 20 at most */
  readonly maxConnections?: number | null;

  /** In any 60 seconds. null: as in the preset */
  readonly mailsPerMinute?: number | null;

  /** In any 24 hours, at least 100. null: as in the preset */
  readonly recipientsPerDay?: number | null;
};

export type OutgoingServerPatch = {
  /** Whether mail is sent. While it is false, content is saved without being checked, and `warnings` says what would be wrong */
  readonly enabled?: boolean;

  /** smtp, exchange: the half of the content that is in use; the other half is kept. test-mailbox: the built-in test mailbox, which delivers nothing */
  readonly serverType?: 'smtp' | 'exchange' | 'test-mailbox';
  readonly senderAddress?: OutgoingServerPatchSenderAddress;

  /** bcc: every mail also goes to its sender. auto: unless the server keeps a copy of sent mail itself */
  readonly copyToSender?: ('off' | 'bcc' | 'auto') | null;
  readonly fromPolicy?: OutgoingServerPatchFromPolicy;

  /** What happens to a mail whose `from` the policy does not allow. rewrite: it is sent as the default sender, and replies go to `from`. Finished messages are refused in any case */
  readonly onForeignSender?: ('refuse' | 'rewrite') | null;

  /** Inactivity limit, 5 to 3600 */
  readonly timeoutSeconds?: number | null;

  /** What happens to new mail while sending is off */
  readonly whenDisabled?: ('reject' | 'hold') | null;

  /** What happens to a mail when the connection breaks after the final dot, unless the mail has its own policy. null: hold with SMTP, reconcile with Exchange */
  readonly onUnknown?: ('hold' | 'resend' | 'reconcile') | null;
  readonly smtp?: OutgoingServerPatchSmtp;
  readonly exchange?: OutgoingServerPatchExchange;
  readonly smime?: OutgoingServerPatchSmime;
  readonly limits?: OutgoingServerPatchLimits;
};

export type Actor = {
  readonly kind: Open<'api-key' | 'token' | 'system'>;
  readonly id: string;
  readonly name: string;

  /** IP address of the client, where it is known */
  readonly address?: string;
};

export type Difference = {
  /** JSON pointer (RFC 6901) */
  readonly pointer: string;

  /** Whether the value is a secret. `from` and `to` are then null */
  readonly secret: boolean;
  readonly from: unknown;
  readonly to: unknown;
};

export type Change = {
  readonly version: number;
  readonly changedAt: string;
  readonly changedBy: Actor;
  readonly operation: Open<'create' | 'put' | 'patch' | 'revert' | 'delete'>;
  readonly revertedTo: number | null;
  readonly reason: string | null;

  /** Differences from the previous version */
  readonly differences: readonly Difference[];
};

export type History = {
  /** Newest first */
  readonly items: readonly Change[];
  readonly nextCursor: string | null;
};

export type OutgoingServerContent = {
  readonly id: string;

  /** Also the ETag. 0: never saved */
  readonly version: number;

  /** Whether mail is sent. While it is false, content is saved without being checked, and `warnings` says what would be wrong */
  readonly enabled: boolean;

  /** smtp, exchange: the half of the content that is in use; the other half is kept. test-mailbox: the built-in test mailbox, which delivers nothing */
  readonly serverType: Open<'smtp' | 'exchange' | 'test-mailbox'>;

  /** Default sender */
  readonly senderAddress: Address | null;

  /** bcc: every mail also goes to its sender. auto: unless the server keeps a copy of sent mail itself */
  readonly copyToSender: Open<'off' | 'bcc' | 'auto'>;
  readonly fromPolicy: OutgoingServerViewFromPolicy;

  /** What happens to a mail whose `from` the policy does not allow. rewrite: it is sent as the default sender, and replies go to `from`. Finished messages are refused in any case */
  readonly onForeignSender: Open<'refuse' | 'rewrite'>;

  /** Inactivity limit, 5 to 3600 */
  readonly timeoutSeconds: number;

  /** What happens to new mail while sending is off */
  readonly whenDisabled: Open<'reject' | 'hold'>;

  /** What happens to a mail when the connection breaks after the final dot, unless the mail has its own policy. null: hold with SMTP, reconcile with Exchange */
  readonly onUnknown: Open<'hold' | 'resend' | 'reconcile'> | null;
  readonly exchange: OutgoingServerViewExchange;
  readonly smime: OutgoingServerViewSmime;
  readonly limits: OutgoingServerViewLimits;
  readonly smtp: OutgoingServerViewSmtp;

  /** Findings that do not count while sending is off */
  readonly warnings: readonly Finding[];
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
};

export type OutgoingServerVersion = {
  readonly change: Change | null;
  readonly settings: OutgoingServerContent;
};

export type Diff = {
  readonly from: number;
  readonly to: number;
  readonly differences: readonly Difference[];
};

export type Revert = {
  /** The version whose values are restored */
  readonly version: number;
  readonly reason?: string;
};

export type ExchangeConnectionView = {
  readonly id: string;

  /** Also the ETag */
  readonly version: number;

  /** Display name */
  readonly name: string;

  /** The mailbox that mail is sent through */
  readonly email: string | null;

  /** ews: for on-premises Exchange; the end of EWS for Exchange Online has been announced */
  readonly protocol: Open<'graph' | 'smtp-oauth' | 'ews'>;

  /** Anything but oauth needs ews */
  readonly authentication: Open<'oauth' | 'basic' | 'ntlm' | 'negotiate'>;

  /** EWS address of an on-premises server, such as https://mail.acme.example/EWS/Exchange.asmx */
  readonly ewsUrl: string | null;

  /** Determines the authority and the endpoints. custom: they have fields of their own */
  readonly cloud: Open<'global' | 'us-government' | 'us-government-dod' | 'china' | 'custom'>;

  /** The tenant in Microsoft Entra: its GUID, or one of its domains */
  readonly tenantId: string | null;

  /** The application that is registered in Microsoft Entra */
  readonly clientId: string | null;
  readonly clientSecretSet: boolean;
  readonly clientSecretSetAt: string | null;

  /** When the client secret expires. Entra shows the date once, when the secret is created */
  readonly clientSecretExpiresAt: string | null;

  /** RSA certificate of the certificate store, instead of a client secret */
  readonly clientCertificateId: string | null;

  /** When somebody with the scope `secrets:write` allowed the use of the certificate or the Kerberos identity for the present destination */
  readonly identityGrantedAt: string | null;

  /** For basic and ntlm; for ntlm also as DOMAIN\user */
  readonly username: string | null;
  readonly passwordSet: boolean;
  readonly passwordSetAt: string | null;

  /** For negotiate. Replaces HTTP/<host of ewsUrl>. The class is HTTP; a host other than that of ewsUrl has to be one of KERBEROS_HOSTS */
  readonly servicePrincipal: string | null;

  /** Replaces the authority of the cloud */
  readonly authorityUrl: string | null;

  /** Replaces the Graph endpoint of the cloud */
  readonly graphUrl: string | null;

  /** Replaces the SMTP server of the cloud */
  readonly smtpHostname: string | null;

  /** null: 587 */
  readonly smtpPort: number | null;

  /** Replaces the scope that follows from the endpoint. Its origin is that of the endpoint, or that of the cloud for it */
  readonly scope: string | null;

  /** Authority or server certificate to trust instead of the public authorities */
  readonly trustedCertificateId: string | null;

  /** For ews: the connection acts as the mailbox `email`. With oauth it always does */
  readonly impersonation: boolean;

  /** For ews: the server saves a copy in Sent Items. graph always does, smtp-oauth never */
  readonly saveSentCopy: boolean;

  /** What keeps the connection from being used now, or was written past the API */
  readonly warnings: readonly Finding[];

  /** The resources that use it. While there are any, it cannot be deleted */
  readonly usedBy: readonly string[];
  readonly updatedAt: string;
  readonly updatedBy: string;

  /** null while nothing uses it */
  readonly applied: ApplyStatus | null;
};

export type ExchangeConnectionList = {
  /** By name */
  readonly items: readonly ExchangeConnectionView[];
};

export type ExchangeConnectionPut = {
  /** Display name */
  readonly name: string;

  /** The mailbox that mail is sent through */
  readonly email?: string | null;

  /** ews: for on-premises Exchange; the end of EWS for Exchange Online has been announced */
  readonly protocol: 'graph' | 'smtp-oauth' | 'ews';

  /** Anything but oauth needs ews */
  readonly authentication?: 'oauth' | 'basic' | 'ntlm' | 'negotiate';

  /** EWS address of an on-premises server, such as https://mail.acme.example/EWS/Exchange.asmx */
  readonly ewsUrl?: string | null;

  /** Determines the authority and the endpoints. custom: they have fields of their own */
  readonly cloud?: 'global' | 'us-government' | 'us-government-dod' | 'china' | 'custom';

  /** The tenant in Microsoft Entra: its GUID, or one of its domains */
  readonly tenantId?: string | null;

  /** The application that is registered in Microsoft Entra */
  readonly clientId?: string | null;

  /** Never returned. Absent: the stored secret is kept. null: it is deleted */
  readonly clientSecret?: string | null;

  /** When the client secret expires. Entra shows the date once, when the secret is created */
  readonly clientSecretExpiresAt?: string | null;

  /** RSA certificate of the certificate store, instead of a client secret */
  readonly clientCertificateId?: string | null;

  /** For basic and ntlm; for ntlm also as DOMAIN\user */
  readonly username?: string | null;

  /** Never returned. Absent: the stored secret is kept. null: it is deleted */
  readonly password?: string | null;

  /** For negotiate. Replaces HTTP/<host of ewsUrl>. The class is HTTP; a host other than that of ewsUrl has to be one of KERBEROS_HOSTS */
  readonly servicePrincipal?: string | null;

  /** Replaces the authority of the cloud */
  readonly authorityUrl?: string | null;

  /** Replaces the Graph endpoint of the cloud */
  readonly graphUrl?: string | null;

  /** Replaces the SMTP server of the cloud */
  readonly smtpHostname?: string | null;

  /** null: 587 */
  readonly smtpPort?: number | null;

  /** Replaces the scope that follows from the endpoint. Its origin is that of the endpoint, or that of the cloud for it */
  readonly scope?: string | null;

  /** Authority or server certificate to trust instead of the public authorities */
  readonly trustedCertificateId?: string | null;

  /** For ews: the connection acts as the mailbox `email`. With oauth it always does */
  readonly impersonation?: boolean;

  /** For ews: the server saves a copy in Sent Items. graph always does, smtp-oauth never */
  readonly saveSentCopy?: boolean;

  /** As GET answers it. Ignored in a request */
  readonly id?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly version?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly clientSecretSet?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly clientSecretSetAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly identityGrantedAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly passwordSet?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly passwordSetAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly warnings?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly usedBy?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedBy?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly applied?: unknown;
};

export type ExchangeConnectionPatch = {
  /** Display name */
  readonly name?: string;

  /** The mailbox that mail is sent through */
  readonly email?: string | null;

  /** ews: for on-premises Exchange; the end of EWS for Exchange Online has been announced */
  readonly protocol?: 'graph' | 'smtp-oauth' | 'ews';

  /** Anything but oauth needs ews */
  readonly authentication?: ('oauth' | 'basic' | 'ntlm' | 'negotiate') | null;

  /** EWS address of an on-premises server, such as https://mail.acme.example/EWS/Exchange.asmx */
  readonly ewsUrl?: string | null;

  /** Determines the authority and the endpoints. custom: they have fields of their own */
  readonly cloud?: ('global' | 'us-government' | 'us-government-dod' | 'china' | 'custom') | null;

  /** The tenant in Microsoft Entra: its GUID, or one of its domains */
  readonly tenantId?: string | null;

  /** The application that is registered in Microsoft Entra */
  readonly clientId?: string | null;

  /** Never returned. Absent: the stored secret is kept. null: it is deleted */
  readonly clientSecret?: string | null;

  /** When the client secret expires. Entra shows the date once, when the secret is created */
  readonly clientSecretExpiresAt?: string | null;

  /** RSA certificate of the certificate store, instead of a client secret */
  readonly clientCertificateId?: string | null;

  /** For basic and ntlm; for ntlm also as DOMAIN\user */
  readonly username?: string | null;

  /** Never returned. Absent: the stored secret is kept. null: it is deleted */
  readonly password?: string | null;

  /** For negotiate. Replaces HTTP/<host of ewsUrl>. The class is HTTP; a host other than that of ewsUrl has to be one of KERBEROS_HOSTS */
  readonly servicePrincipal?: string | null;

  /** Replaces the authority of the cloud */
  readonly authorityUrl?: string | null;

  /** Replaces the Graph endpoint of the cloud */
  readonly graphUrl?: string | null;

  /** Replaces the SMTP server of the cloud */
  readonly smtpHostname?: string | null;

  /** null: 587 */
  readonly smtpPort?: number | null;

  /** Replaces the scope that follows from the endpoint. Its origin is that of the endpoint, or that of the cloud for it */
  readonly scope?: string | null;

  /** Authority or server certificate to trust instead of the public authorities */
  readonly trustedCertificateId?: string | null;

  /** For ews: the connection acts as the mailbox `email`. With oauth it always does */
  readonly impersonation?: boolean | null;

  /** For ews: the server saves a copy in Sent Items. graph always does, smtp-oauth never */
  readonly saveSentCopy?: boolean | null;
};

export type ExchangeConnectionCreate = {
  /** Display name */
  readonly name: string;

  /** The mailbox that mail is sent through */
  readonly email?: string | null;

  /** ews: for on-premises Exchange; the end of EWS for Exchange Online has been announced */
  readonly protocol: 'graph' | 'smtp-oauth' | 'ews';

  /** Anything but oauth needs ews */
  readonly authentication?: 'oauth' | 'basic' | 'ntlm' | 'negotiate';

  /** EWS address of an on-premises server, such as https://mail.acme.example/EWS/Exchange.asmx */
  readonly ewsUrl?: string | null;

  /** Determines the authority and the endpoints. custom: they have fields of their own */
  readonly cloud?: 'global' | 'us-government' | 'us-government-dod' | 'china' | 'custom';

  /** The tenant in Microsoft Entra: its GUID, or one of its domains */
  readonly tenantId?: string | null;

  /** The application that is registered in Microsoft Entra */
  readonly clientId?: string | null;

  /** Never returned. Absent: the stored secret is kept. null: it is deleted */
  readonly clientSecret?: string | null;

  /** When the client secret expires. Entra shows the date once, when the secret is created */
  readonly clientSecretExpiresAt?: string | null;

  /** RSA certificate of the certificate store, instead of a client secret */
  readonly clientCertificateId?: string | null;

  /** For basic and ntlm; for ntlm also as DOMAIN\user */
  readonly username?: string | null;

  /** Never returned. Absent: the stored secret is kept. null: it is deleted */
  readonly password?: string | null;

  /** For negotiate. Replaces HTTP/<host of ewsUrl>. The class is HTTP; a host other than that of ewsUrl has to be one of KERBEROS_HOSTS */
  readonly servicePrincipal?: string | null;

  /** Replaces the authority of the cloud */
  readonly authorityUrl?: string | null;

  /** Replaces the Graph endpoint of the cloud */
  readonly graphUrl?: string | null;

  /** Replaces the SMTP server of the cloud */
  readonly smtpHostname?: string | null;

  /** null: 587 */
  readonly smtpPort?: number | null;

  /** Replaces the scope that follows from the endpoint. Its origin is that of the endpoint, or that of the cloud for it */
  readonly scope?: string | null;

  /** Authority or server certificate to trust instead of the public authorities */
  readonly trustedCertificateId?: string | null;

  /** For ews: the connection acts as the mailbox `email`. With oauth it always does */
  readonly impersonation?: boolean;

  /** For ews: the server saves a copy in Sent Items. graph always does, smtp-oauth never */
  readonly saveSentCopy?: boolean;
};

export type ExchangeConnectionVersionConnection = {
  readonly id: string;

  /** Also the ETag */
  readonly version: number;

  /** Display name */
  readonly name: string;

  /** The mailbox that mail is sent through */
  readonly email: string | null;

  /** ews: for on-premises Exchange; the end of EWS for Exchange Online has been announced */
  readonly protocol: Open<'graph' | 'smtp-oauth' | 'ews'>;

  /** Anything but oauth needs ews */
  readonly authentication: Open<'oauth' | 'basic' | 'ntlm' | 'negotiate'>;

  /** EWS address of an on-premises server, such as https://mail.acme.example/EWS/Exchange.asmx */
  readonly ewsUrl: string | null;

  /** Determines the authority and the endpoints. custom: they have fields of their own */
  readonly cloud: Open<'global' | 'us-government' | 'us-government-dod' | 'china' | 'custom'>;

  /** The tenant in Microsoft Entra: its GUID, or one of its domains */
  readonly tenantId: string | null;

  /** The application that is registered in Microsoft Entra */
  readonly clientId: string | null;
  readonly clientSecretSet: boolean;
  readonly clientSecretSetAt: string | null;

  /** When the client secret expires. Entra shows the date once, when the secret is created */
  readonly clientSecretExpiresAt: string | null;

  /** RSA certificate of the certificate store, instead of a client secret */
  readonly clientCertificateId: string | null;

  /** When somebody with the scope `secrets:write` allowed the use of the certificate or the Kerberos identity for the present destination */
  readonly identityGrantedAt: string | null;

  /** For basic and ntlm; for ntlm also as DOMAIN\user */
  readonly username: string | null;
  readonly passwordSet: boolean;
  readonly passwordSetAt: string | null;

  /** For negotiate. Replaces HTTP/<host of ewsUrl>. The class is HTTP; a host other than that of ewsUrl has to be one of KERBEROS_HOSTS */
  readonly servicePrincipal: string | null;

  /** Replaces the authority of the cloud */
  readonly authorityUrl: string | null;

  /** Replaces the Graph endpoint of the cloud */
  readonly graphUrl: string | null;

  /** Replaces the SMTP server of the cloud */
  readonly smtpHostname: string | null;

  /** null: 587 */
  readonly smtpPort: number | null;

  /** Replaces the scope that follows from the endpoint. Its origin is that of the endpoint, or that of the cloud for it */
  readonly scope: string | null;

  /** Authority or server certificate to trust instead of the public authorities */
  readonly trustedCertificateId: string | null;

  /** For ews: the connection acts as the mailbox `email`. With oauth it always does */
  readonly impersonation: boolean;

  /** For ews: the server saves a copy in Sent Items. graph always does, smtp-oauth never */
  readonly saveSentCopy: boolean;

  /** What keeps the connection from being used now, or was written past the API */
  readonly warnings: readonly Finding[];

  /** The resources that use it. While there are any, it cannot be deleted */
  readonly usedBy: readonly string[];
  readonly updatedAt: string;
  readonly updatedBy: string;
};

export type ExchangeConnectionVersion = {
  readonly change: Change | null;
  readonly connection: ExchangeConnectionVersionConnection | null;
};

export type CertificateViewDetailsPublicKey = {
  readonly type: string;
  readonly bits: number | null;
  readonly curve: string | null;
};

export type CertificateViewDetails = {
  readonly subject: string;
  readonly issuer: string;
  readonly serialNumber: string;

  /** Mail addresses, of subjectAltName and subject */
  readonly addresses: readonly string[];
  readonly dnsNames: readonly string[];
  readonly ipAddresses: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;

  /** Hexadecimal, separated by colons */
  readonly fingerprintSha256: string;
  readonly publicKey: CertificateViewDetailsPublicKey;

  /** base64url */
  readonly publicKeySha256: string;
  readonly isAuthority: boolean;
  readonly isSelfSigned: boolean;

  /** null: unrestricted */
  readonly keyUsage: readonly string[] | null;

  /** Object identifiers. null: unrestricted */
  readonly extendedKeyUsage: readonly string[] | null;

  /** The uses that the key and the key usages allow, regardless of expiry */
  readonly goodFor: readonly Open<'sign' | 'encrypt' | 'client'>[];
};

export type CertificateView = {
  readonly id: string;

  /** Also the ETag */
  readonly version: number;

  /** Display name */
  readonly name: string;

  /** own: with a private key, to sign and to authenticate. trusted: an authority, or the certificate of one server. recipient: mail to its addresses is encrypted with it */
  readonly kind: Open<'own' | 'trusted' | 'recipient'>;

  /** PEM. null: it has been requested but not issued yet */
  readonly certificate: string | null;

  /** What the certificate contains */
  readonly details: CertificateViewDetails | null;

  /** PEM: the issuer, the issuer of the issuer, and so on */
  readonly chain: readonly string[];

  /** PEM (PKCS#10) of a key that was created here: what an authority certifies */
  readonly signingRequest: string | null;

  /** The key that the private key belongs to */
  readonly publicKeySha256: string | null;
  readonly privateKeySet: boolean;
  readonly privateKeySetAt: string | null;

  /** Whether the chain leads to a trusted authority, or the certificate is one */
  readonly issuerKnown: boolean;

  /** Days until expiry. Negative: days since expiry */
  readonly daysLeft: number | null;

  /** What prevents its use at present */
  readonly warnings: readonly Finding[];

  /** The resources that use it. It cannot be deleted while it is in use */
  readonly usedBy: readonly string[];
  readonly updatedAt: string;
  readonly updatedBy: string;
};

export type CertificateList = { readonly items: readonly CertificateView[] };

export type ImportCertificate = {
  /** Display name */
  readonly name: string;

  /** own: with a private key, to sign and to authenticate. trusted: an authority, or the certificate of one server. recipient: mail to its addresses is encrypted with it */
  readonly kind: 'own' | 'trusted' | 'recipient';

  /** The file as base64: PEM, DER, PKCS#7 or PKCS#12. Never returned */
  readonly content: string;

  /** The password of PKCS#12 files and encrypted keys. Not stored */
  readonly password?: string;

  /** base64 of a second file with the private key, where it is not in the first. Never returned */
  readonly keyContent?: string;
};

export type CreateKeySubject = {
  readonly commonName: string;
  readonly organization?: string;
  readonly organizationalUnit?: string;
  readonly locality?: string;
  readonly state?: string;
  readonly country?: string;
  readonly addresses?: readonly string[];
  readonly dnsNames?: readonly string[];
};

export type CreateKey = {
  /** Display name */
  readonly name: string;
  readonly keyType: 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'p-256' | 'p-384';
  readonly subject: CreateKeySubject;
};

export type IssuedCertificate = {
  /** The file as base64: PEM, DER, PKCS#7 or PKCS#12. Never returned */
  readonly content: string;

  /** The password of PKCS#12 files and encrypted keys. Not stored */
  readonly password?: string;
};

export type CertificatePatch = {
  /** Display name */
  readonly name?: string;
};

export type CertificateVersion = {
  readonly change: Change | null;
  readonly certificate: CertificateView | null;
};

export type ImportRecipients = {
  /** The file as base64: PEM, DER, PKCS#7 or PKCS#12. Never returned */
  readonly content: string;

  /** The password of PKCS#12 files and encrypted keys. Not stored */
  readonly password?: string;

  /** Absent: the addresses of the certificate */
  readonly name?: string;
};

export type ImportedRecipientsItem = {
  readonly state: Open<'imported' | 'known' | 'refused'>;

  /** null if the certificate was refused */
  readonly id: string | null;
  readonly subject: string;
  readonly addresses: readonly string[];
  readonly validTo: string;
  readonly findings: readonly Finding[];
};

export type ImportedRecipients = { readonly items: readonly ImportedRecipientsItem[] };

export type CredentialListItem = {
  readonly resource: string;
  readonly credential: Open<'certificate' | 'client-secret'>;
  readonly name: string;
  readonly expiresAt: string;
  readonly daysLeft: number;

  /** expiring: within 60 days */
  readonly state: Open<'valid' | 'expiring' | 'expired'>;
  readonly usedBy: readonly string[];
};

export type CredentialList = {
  /** Sorted by expiry, the earliest first */
  readonly items: readonly CredentialListItem[];
};

export type SenderCheckState = {
  /** `outdated`: since the check, sender, server or Exchange connection have changed, or 30 days have passed */
  readonly state: Open<'verified' | 'refused' | 'unverified' | 'outdated'>;

  /** null: never checked */
  readonly verdict: Open<'verified' | 'refused' | 'accepted, not verified' | 'failed'> | null;
  readonly checkedAt: string | null;

  /** Why the last check did not succeed */
  readonly failure: Failure | null;

  /** The reply of the server (untrusted text) */
  readonly reply: string | null;

  /** The PowerShell line that grants the missing right, where Exchange needs one */
  readonly remedy: string | null;

  /** The mail whose refusal has shown it. null: a check has shown it */
  readonly mailId: string | null;
};

export type SenderViewFor = {
  /** What the sender is for. null: it is named by its ID or its address only */
  readonly kind: Open<'employee' | 'department' | 'branch' | 'purpose'> | null;

  /** The key of the employee, department, branch or purpose in the ERP */
  readonly key: string | null;

  /** For an employee or a department: only at this branch. null: at every branch */
  readonly branch: string | null;
};

export type SenderView = {
  readonly id: string;

  /** Also the ETag */
  readonly version: number;

  /** Display name, as recipients see it */
  readonly name: string;

  /** The address that mail is sent from */
  readonly address: string;

  /** Whether mail may be sent as this sender. An inactive one is kept, and nothing resolves to it */
  readonly active: boolean;
  readonly for: SenderViewFor;

  /** Where replies go, unless the mail says so itself */
  readonly replyTo: readonly Address[];

  /** As for the outgoing server. inherit: as it is set there */
  readonly copyToSender: Open<'inherit' | 'off' | 'bcc' | 'auto'>;

  /** Every mail of this sender also goes to these addresses, as a blind copy */
  readonly alwaysCopyTo: readonly Address[];

  /** The priority of its mail, unless the mail says so itself. null: as set for the API key */
  readonly priority: Open<'urgent' | 'normal' | 'bulk'> | null;

  /** Own certificate that signs instead of the one of the outgoing server */
  readonly smimeCertificateId: string | null;

  /** The mailbox that Exchange sends through, for Graph and EWS. null: that of the sender address */
  readonly mailbox: string | null;

  /** The list that keeps this sender up to date. null: it is kept by hand */
  readonly source: string | null;

  /** What prevents its use at present, and what is allowed but unusual */
  readonly warnings: readonly Finding[];

  /** The resources that name it */
  readonly usedBy: readonly string[];
  readonly check: SenderCheckState;
  readonly updatedAt: string;
  readonly updatedBy: string;
};

export type SenderList = {
  /** By name */
  readonly items: readonly SenderView[];

  /** How many senders the filter matches */
  readonly total: number;
  readonly nextCursor: string | null;
};

export type TriedSender = {
  readonly rule: Open<
    | 'explicit'
    | 'id'
    | 'employee-at-branch'
    | 'employee'
    | 'department-at-branch'
    | 'department'
    | 'branch'
    | 'purpose'
    | 'default'
  >;
  readonly key: string;
  readonly branch: string | null;

  /** inactive: there is such a sender, but it is not active */
  readonly result: Open<'found' | 'inactive' | 'unknown'>;
};

export type SenderResolution = {
  /** What has led to the sender */
  readonly rule: Open<
    | 'explicit'
    | 'id'
    | 'employee-at-branch'
    | 'employee'
    | 'department-at-branch'
    | 'department'
    | 'branch'
    | 'purpose'
    | 'default'
  >;

  /** Who the mail would come from. null: there is no default sender */
  readonly from: Address | null;

  /** null: `from`, or the default sender */
  readonly sender: SenderView | null;

  /** What was looked for, in its order */
  readonly tried: readonly TriedSender[];

  /** Whether a mail with `strict` would be refused */
  readonly refused: boolean;
};

export type SenderListPutSenderFor = {
  /** What the sender is for. null: it is named by its ID or its address only */
  readonly kind?: ('employee' | 'department' | 'branch' | 'purpose') | null;

  /** The key of the employee, department, branch or purpose in the ERP */
  readonly key?: string | null;

  /** For an employee or a department: only at this branch. null: at every branch */
  readonly branch?: string | null;
};

export type SenderListPutSender = {
  /** Display name, as recipients see it */
  readonly name: string;

  /** The address that mail is sent from */
  readonly address: string;

  /** Whether mail may be sent as this sender. An inactive one is kept, and nothing resolves to it */
  readonly active?: boolean;
  readonly for?: SenderListPutSenderFor;

  /** Where replies go, unless the mail says so itself */
  readonly replyTo?: readonly Address[];

  /** As for the outgoing server. inherit: as it is set there */
  readonly copyToSender?: 'inherit' | 'off' | 'bcc' | 'auto';

  /** Every mail of this sender also goes to these addresses, as a blind copy */
  readonly alwaysCopyTo?: readonly Address[];

  /** The priority of its mail, unless the mail says so itself. null: as set for the API key */
  readonly priority?: ('urgent' | 'normal' | 'bulk') | null;

  /** Own certificate that signs instead of the one of the outgoing server */
  readonly smimeCertificateId?: string | null;

  /** The mailbox that Exchange sends through, for Graph and EWS. null: that of the sender address */
  readonly mailbox?: string | null;
};

export type SenderListPut = {
  /** All senders of the list. Each is recognized by `for`, or by `address` where it is for nobody in particular */
  readonly senders: readonly SenderListPutSender[];
};

export type ListedSender = { readonly id: string; readonly name: string; readonly address: string };

export type SenderListChanges = {
  /** The name of the list */
  readonly source: string;
  readonly created: readonly ListedSender[];
  readonly changed: readonly ListedSender[];

  /** Those that are not in the list any more */
  readonly deactivated: readonly ListedSender[];

  /** How many senders of the list were so already */
  readonly unchanged: number;
};

export type SenderPutFor = {
  /** What the sender is for. null: it is named by its ID or its address only */
  readonly kind?: ('employee' | 'department' | 'branch' | 'purpose') | null;

  /** The key of the employee, department, branch or purpose in the ERP */
  readonly key?: string | null;

  /** For an employee or a department: only at this branch. null: at every branch */
  readonly branch?: string | null;
};

export type SenderPut = {
  /** Display name, as recipients see it */
  readonly name: string;

  /** The address that mail is sent from */
  readonly address: string;

  /** Whether mail may be sent as this sender. An inactive one is kept, and nothing resolves to it */
  readonly active?: boolean;
  readonly for?: SenderPutFor;

  /** Where replies go, unless the mail says so itself */
  readonly replyTo?: readonly Address[];

  /** As for the outgoing server. inherit: as it is set there */
  readonly copyToSender?: 'inherit' | 'off' | 'bcc' | 'auto';

  /** Every mail of this sender also goes to these addresses, as a blind copy */
  readonly alwaysCopyTo?: readonly Address[];

  /** The priority of its mail, unless the mail says so itself. null: as set for the API key */
  readonly priority?: ('urgent' | 'normal' | 'bulk') | null;

  /** Own certificate that signs instead of the one of the outgoing server */
  readonly smimeCertificateId?: string | null;

  /** The mailbox that Exchange sends through, for Graph and EWS. null: that of the sender address */
  readonly mailbox?: string | null;

  /** The list that keeps this sender up to date. null: it is kept by hand */
  readonly source?: string | null;

  /** As GET answers it. Ignored in a request */
  readonly id?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly version?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly warnings?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly usedBy?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly check?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedAt?: unknown;

  /** As GET answers it. Ignored in a request */
  readonly updatedBy?: unknown;
};

export type SenderPatchFor = {
  /** What the sender is for. null: it is named by its ID or its address only */
  readonly kind?: ('employee' | 'department' | 'branch' | 'purpose') | null;

  /** The key of the employee, department, branch or purpose in the ERP */
  readonly key?: string | null;

  /** For an employee or a department: only at this branch. null: at every branch */
  readonly branch?: string | null;
};

export type SenderPatch = {
  /** Display name, as recipients see it */
  readonly name?: string;

  /** The address that mail is sent from */
  readonly address?: string;

  /** Whether mail may be sent as this sender. An inactive one is kept, and nothing resolves to it */
  readonly active?: boolean | null;
  readonly for?: SenderPatchFor;

  /** Where replies go, unless the mail says so itself */
  readonly replyTo?: readonly Address[] | null;

  /** As for the outgoing server. inherit: as it is set there */
  readonly copyToSender?: ('inherit' | 'off' | 'bcc' | 'auto') | null;

  /** Every mail of this sender also goes to these addresses, as a blind copy */
  readonly alwaysCopyTo?: readonly Address[] | null;

  /** The priority of its mail, unless the mail says so itself. null: as set for the API key */
  readonly priority?: ('urgent' | 'normal' | 'bulk') | null;

  /** Own certificate that signs instead of the one of the outgoing server */
  readonly smimeCertificateId?: string | null;

  /** The mailbox that Exchange sends through, for Graph and EWS. null: that of the sender address */
  readonly mailbox?: string | null;

  /** The list that keeps this sender up to date. null: it is kept by hand */
  readonly source?: string | null;
};

export type SenderCreateFor = {
  /** What the sender is for. null: it is named by its ID or its address only */
  readonly kind?: ('employee' | 'department' | 'branch' | 'purpose') | null;

  /** The key of the employee, department, branch or purpose in the ERP */
  readonly key?: string | null;

  /** For an employee or a department: only at this branch. null: at every branch */
  readonly branch?: string | null;
};

export type SenderCreate = {
  /** Display name, as recipients see it */
  readonly name: string;

  /** The address that mail is sent from */
  readonly address: string;

  /** Whether mail may be sent as this sender. An inactive one is kept, and nothing resolves to it */
  readonly active?: boolean;
  readonly for?: SenderCreateFor;

  /** Where replies go, unless the mail says so itself */
  readonly replyTo?: readonly Address[];

  /** As for the outgoing server. inherit: as it is set there */
  readonly copyToSender?: 'inherit' | 'off' | 'bcc' | 'auto';

  /** Every mail of this sender also goes to these addresses, as a blind copy */
  readonly alwaysCopyTo?: readonly Address[];

  /** The priority of its mail, unless the mail says so itself. null: as set for the API key */
  readonly priority?: ('urgent' | 'normal' | 'bulk') | null;

  /** Own certificate that signs instead of the one of the outgoing server */
  readonly smimeCertificateId?: string | null;

  /** The mailbox that Exchange sends through, for Graph and EWS. null: that of the sender address */
  readonly mailbox?: string | null;

  /** The list that keeps this sender up to date. null: it is kept by hand */
  readonly source?: string | null;
};

export type SenderVersion = { readonly change: Change | null; readonly sender: SenderView | null };

export type SenderCheckRequest = {
  /** Whether a mail is sent to the sender where nothing else shows the verdict; needs `mail:send`. Default: if the credentials have that scope */
  readonly probe?: boolean;
};

export type SenderCheckResult = {
  readonly senderId: string;
  readonly address: string;
  readonly verdict: Open<'verified' | 'refused' | 'accepted, not verified' | 'failed'>;
  readonly checkedAt: string;
  readonly failure: Failure | null;
  readonly remedy: string | null;
};

export type SenderCheck = {
  readonly id: string;

  /** `abandoned`: nothing has been heard of it for ten minutes, because no mailer runs any more */
  readonly state: Open<'running' | 'finished' | 'abandoned'>;
  readonly requestedAt: string;
  readonly requestedBy: string;
  readonly finishedAt: string | null;

  /** Senders to check */
  readonly total: number;

  /** Senders that were checked */
  readonly checked: number;

  /** Of these: verified */
  readonly verified: number;

  /** Of these: refused */
  readonly refused: number;

  /** Of these: accepted but not verified, or not checked because of a failure */
  readonly unverified: number;

  /** Newest first, the last 100. Empty in lists */
  readonly results: readonly SenderCheckResult[];
};

export type SenderCheckList = {
  /** Newest first */
  readonly items: readonly SenderCheck[];
};

export type SendingModeView = {
  readonly id: string;

  /** Also the ETag. 0: never saved */
  readonly version: number;

  /** live: mail goes to its recipients. redirect: it goes to the addresses in `to` instead. hold: it is accepted and held until somebody releases it. To switch to live, a request also names the environment in `environmentName` */
  readonly mode: Open<'live' | 'redirect' | 'hold'>;

  /** With redirect: the addresses that mail goes to instead of its recipients. Needs at least one */
  readonly to: readonly string[];

  /** With redirect: the addresses and domains that still get their mail themselves; with `*.` all below a domain */
  readonly keep: readonly string[];
  readonly warnings: readonly Finding[];
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
  readonly applied: ApplyStatus;
};

export type SendingModePut = {
  /** live: mail goes to its recipients. redirect: it goes to the addresses in `to` instead. hold: it is accepted and held until somebody releases it. To switch to live, a request also names the environment in `environmentName` */
  readonly mode?: 'live' | 'redirect' | 'hold';

  /** With redirect: the addresses that mail goes to instead of its recipients. Needs at least one */
  readonly to?: readonly string[];

  /** With redirect: the addresses and domains that still get their mail themselves; with `*.` all below a domain */
  readonly keep?: readonly string[];

  /** The name of this environment. Required where the change switches to live */
  readonly environmentName?: string;
};

export type SendingModePatch = {
  /** live: mail goes to its recipients. redirect: it goes to the addresses in `to` instead. hold: it is accepted and held until somebody releases it. To switch to live, a request also names the environment in `environmentName` */
  readonly mode?: ('live' | 'redirect' | 'hold') | null;

  /** With redirect: the addresses that mail goes to instead of its recipients. Needs at least one */
  readonly to?: readonly string[] | null;

  /** With redirect: the addresses and domains that still get their mail themselves; with `*.` all below a domain */
  readonly keep?: readonly string[] | null;

  /** The name of this environment. Required where the change switches to live */
  readonly environmentName?: string;
};

export type SendingModeVersionSettings = {
  readonly id: string;

  /** Also the ETag. 0: never saved */
  readonly version: number;

  /** live: mail goes to its recipients. redirect: it goes to the addresses in `to` instead. hold: it is accepted and held until somebody releases it. To switch to live, a request also names the environment in `environmentName` */
  readonly mode: Open<'live' | 'redirect' | 'hold'>;

  /** With redirect: the addresses that mail goes to instead of its recipients. Needs at least one */
  readonly to: readonly string[];

  /** With redirect: the addresses and domains that still get their mail themselves; with `*.` all below a domain */
  readonly keep: readonly string[];
  readonly warnings: readonly Finding[];
  readonly updatedAt: string | null;
  readonly updatedBy: string | null;
};

export type SendingModeVersion = {
  readonly change: Change | null;
  readonly settings: SendingModeVersionSettings;
};

export type RevertSendingMode = {
  /** The version whose values are restored */
  readonly version: number;
  readonly reason?: string;

  /** The name of this environment. Required where the change switches to live */
  readonly environmentName?: string;
};

export type ConnectionTestProbe = {
  /** The address to send one real mail to */
  readonly to: string;

  /** Sender of that mail. Default: the default sender. Only a real mail shows whether Exchange accepts the sender */
  readonly from?: string;
};

export type ConnectionTestRequest = {
  readonly draft?: OutgoingServerPatch;

  /** SMTP: an address of another organization. The server is asked whether it takes mail for it (RCPT), and no mail is sent there. Default: an address of example.com */
  readonly outsideAddress?: string;
  readonly probe?: ConnectionTestProbe;
};

export type PeerCertificate = {
  readonly subject: string;
  readonly issuer: string;
  readonly subjectAltNames: readonly string[];
  readonly validFrom: string;
  readonly validTo: string;
  readonly daysLeft: number;
  readonly fingerprintSha256: string;

  /** The certificate to import as a trusted certificate */
  readonly pem?: string;
};

export type ConnectionTestNote = {
  readonly code: Open<'outside-accepted' | 'judged-with-message'>;
  readonly en: string;
  readonly de: string;
};

export type ConnectionTestStep = {
  readonly name: Open<
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
    | 'probe'
  >;
  readonly state: Open<'ok' | 'failed' | 'skipped'>;
  readonly milliseconds?: number;

  /** What the step found: an address, a TLS version, a mechanism */
  readonly detail?: string;

  /** The reply of the server (untrusted text) */
  readonly reply?: string;
  readonly certificate?: PeerCertificate;

  /** The certificates that the server sent with its own */
  readonly chain?: readonly PeerCertificate[];
  readonly hint?: Failure;
  readonly warning?: Failure;
  readonly note?: ConnectionTestNote;
};

export type ConnectionTest = {
  readonly id: string;

  /** The tested resource */
  readonly resource: string;

  /** ID of the outgoing server. null for other resources */
  readonly serverId: string | null;
  readonly state: Open<'running' | 'ok' | 'failed'>;
  readonly requestedAt: string;
  readonly requestedBy: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;

  /** The saved version that was tested, or that the draft is based on */
  readonly settingsVersion: number;
  readonly draft: boolean;
  readonly probeTo: string | null;
  readonly mailerId: string | null;
  readonly steps: readonly ConnectionTestStep[];
};

export type ConnectionTestList = {
  /** Newest first */
  readonly items: readonly ConnectionTest[];
  readonly nextCursor: string | null;
};

export type ExchangeConnectionTestRequest = {
  readonly draft?: ExchangeConnectionPatch;

  /** SMTP: an address of another organization. The server is asked whether it takes mail for it (RCPT), and no mail is sent there. Default: an address of example.com */
  readonly outsideAddress?: string;
  readonly probe?: ConnectionTestProbe;
};

export type Scope =
  | 'settings:read'
  | 'settings:write'
  | 'secrets:write'
  | 'connection:test'
  | 'mail:send'
  | 'mail:read'
  | 'mail:read:all'
  | 'mail:content'
  | 'mail:manage'
  | 'mail:manage:all'
  | 'audit:read'
  | 'admin';

export type KeyQuotas = {
  /** Mails accepted in 60 seconds */
  readonly mailsPerMinute?: number | null;

  /** Mails accepted in 24 hours */
  readonly mailsPerDay?: number | null;

  /** Recipients of these mails, each mail counted by itself */
  readonly recipientsPerMinute?: number | null;

  /** The same in 24 hours */
  readonly recipientsPerDay?: number | null;

  /** Bytes of texts and attachments, decoded, or of finished messages */
  readonly bytesPerMinute?: number | null;

  /** The same in 24 hours */
  readonly bytesPerDay?: number | null;
};

export type CreateApiKey = {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: string | null;

  /** How much mail the key may ask for; null: no limit */
  readonly quotas?: KeyQuotas;

  /** Mail may go to these domains only; with `*.` to all below a domain. null: to any */
  readonly recipientDomains?: readonly string[] | null;

  /** IDs of senders. The key may send with their addresses, and with those of `senderDomains`. `default` is the default sender. Without both of them: with any address that the outgoing server allows */
  readonly senders?: readonly string[] | null;

  /** The key may send with addresses of these domains; with `*.` of all below a domain */
  readonly senderDomains?: readonly string[] | null;

  /** The priority of its mail where neither the mail nor its sender says another. null or absent: normal */
  readonly priority?: ('urgent' | 'normal' | 'bulk') | null;
};

export type CreatedApiKey = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Open<
    | 'settings:read'
    | 'settings:write'
    | 'secrets:write'
    | 'connection:test'
    | 'mail:send'
    | 'mail:read'
    | 'mail:read:all'
    | 'mail:content'
    | 'mail:manage'
    | 'mail:manage:all'
    | 'audit:read'
    | 'admin'
  >[];

  /** Which mail `mail:read` and `mail:manage` are about without `:all`. all: the key is of an earlier version */
  readonly mailScopes: Open<'own' | 'all'>;

  /** How much mail the key may ask for; null: no limit */
  readonly quotas: KeyQuotas | null;

  /** Mail may go to these domains only; with `*.` to all below a domain. null: to any */
  readonly recipientDomains: readonly string[] | null;

  /** IDs of senders. The key may send with their addresses, and with those of `senderDomains`. `default` is the default sender. Without both of them: with any address that the outgoing server allows */
  readonly senders?: readonly string[] | null;

  /** The key may send with addresses of these domains; with `*.` of all below a domain */
  readonly senderDomains?: readonly string[] | null;

  /** The priority of its mail where neither the mail nor its sender says another. null or absent: normal */
  readonly priority?: Open<'urgent' | 'normal' | 'bulk'> | null;

  /** The admin key of the first start: 24 hours after its creation it counts only while there is no other admin key */
  readonly bootstrap: boolean;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;

  /** When the key was used, up to 24 hours before its last use; null: never since this is recorded */
  readonly lastUsedAt: string | null;
  readonly key: string;
};

export type ApiKey = {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Open<
    | 'settings:read'
    | 'settings:write'
    | 'secrets:write'
    | 'connection:test'
    | 'mail:send'
    | 'mail:read'
    | 'mail:read:all'
    | 'mail:content'
    | 'mail:manage'
    | 'mail:manage:all'
    | 'audit:read'
    | 'admin'
  >[];

  /** Which mail `mail:read` and `mail:manage` are about without `:all`. all: the key is of an earlier version */
  readonly mailScopes: Open<'own' | 'all'>;

  /** How much mail the key may ask for; null: no limit */
  readonly quotas: KeyQuotas | null;

  /** Mail may go to these domains only; with `*.` to all below a domain. null: to any */
  readonly recipientDomains: readonly string[] | null;

  /** IDs of senders. The key may send with their addresses, and with those of `senderDomains`. `default` is the default sender. Without both of them: with any address that the outgoing server allows */
  readonly senders?: readonly string[] | null;

  /** The key may send with addresses of these domains; with `*.` of all below a domain */
  readonly senderDomains?: readonly string[] | null;

  /** The priority of its mail where neither the mail nor its sender says another. null or absent: normal */
  readonly priority?: Open<'urgent' | 'normal' | 'bulk'> | null;

  /** The admin key of the first start: 24 hours after its creation it counts only while there is no other admin key */
  readonly bootstrap: boolean;
  readonly createdAt: string;
  readonly createdBy: string;
  readonly expiresAt: string | null;
  readonly revokedAt: string | null;

  /** When the key was used, up to 24 hours before its last use; null: never since this is recorded */
  readonly lastUsedAt: string | null;
};

export type ApiKeyList = { readonly items: readonly ApiKey[] };

export type FirstPerson = {
  /** What the printed link ends with */
  readonly token: string;

  /** Shown in the history of everything the person changes */
  readonly name: string;
};

export type SendingMode = Open<'live' | 'redirect' | 'hold'>;

export type EnvironmentRestoredFrom = {
  /** When the backup was taken; null where the data does not say */
  readonly takenAt: string | null;
};

export type EnvironmentConfirmed = {
  /** adopted: nobody was asked, since the log named no place yet */
  readonly as: Open<'adopted' | 'moved' | 'restored' | 'copy'>;
  readonly at: string;
  readonly by: string;
  readonly reason: string | null;
  readonly backupTakenAt: string | null;
};

export type Environment = {
  /** A copy has an id of its own */
  readonly id: string;
  readonly name: string;

  /** embedded: in the data folder of the standalone service */
  readonly log: Open<'embedded' | 'kafka'>;

  /** Why nothing is sent. other-place: the log is not where it was, or comes from a backup. paused: the service was started with SENDING=paused. null: mail is sent */
  readonly heldFor: Open<'other-place' | 'paused'> | null;
  readonly sendingMode: SendingMode;

  /** The backup that the data folder was restored from, until somebody confirms what it is; null: none */
  readonly restoredFrom: EnvironmentRestoredFrom | null;
  readonly confirmed: EnvironmentConfirmed;
};

export type ConfirmEnvironment = {
  /** moved: this is the same log at another place, and the former place is not in use any more. restored: it comes from a backup, so what happened since is not in it. copy: the original is still in use */
  readonly as: 'moved' | 'restored' | 'copy';

  /** Shown in the history of the environment */
  readonly reason: string;

  /** When the backup was taken, if it is known. Where the data folder was restored by the command, its time is the default */
  readonly backupTakenAt?: string;

  /** With copy: the addresses that mail goes to instead of its recipients, by the outgoing server of the original. Absent: mail goes to the test mailbox. With another confirmation it is refused */
  readonly redirectTo?: readonly string[];
};

export type SenderQuery = {
  /** The ID of a sender */
  readonly id?: string;

  /** The key of an employee */
  readonly employee?: string;

  /** The key of a department */
  readonly department?: string;

  /** The key of a branch: of the employee, of the department, or by itself */
  readonly branch?: string;

  /** The key of a purpose */
  readonly purpose?: string;

  /** true: the mail is refused if what is named first leads to no active sender. Otherwise the next one counts, and at last the default sender */
  readonly strict?: boolean;
};

export type Attachment = {
  readonly filename: string;
  readonly contentType: string;

  /** base64 (RFC 4648 §4); line breaks in it do not count */
  readonly content: string;
  readonly contentId?: string;
};

export type DsnNotify = 'success' | 'failure' | 'delay' | 'never';

export type MailRequestCalendar = {
  /** What the recipient is to do (RFC 5546). `METHOD` in the content says the same */
  readonly method:
    'PUBLISH' | 'REQUEST' | 'REPLY' | 'ADD' | 'CANCEL' | 'REFRESH' | 'COUNTER' | 'DECLINECOUNTER';

  /** iCalendar (RFC 5545), from BEGIN:VCALENDAR to END:VCALENDAR. Line ends become CRLF, and long lines are folded */
  readonly content: string;
} | null;

export type MailRequestRequestReceipt = boolean | string;

export type MailRequestRequestDsn = {
  /** When a report is wanted. never stands alone */
  readonly notify: readonly DsnNotify[];

  /** What a report returns of the message. null: as the server likes */
  readonly ret?: ('full' | 'headers') | null;
} | null;

export type MailRequest = {
  /** Default: the sender address of the settings */
  readonly from?: Address;

  /** Which sender of the settings the mail comes from. The first that leads to an active sender counts: ID, employee at the branch, employee, department at the branch, department, branch, purpose. `from` goes before it */
  readonly sender?: SenderQuery;

  /** Recipients */
  readonly to?: readonly Address[];

  /** Copies */
  readonly cc?: readonly Address[];

  /** Blind copies: in the envelope only */
  readonly bcc?: readonly Address[];
  readonly replyTo?: readonly Address[];

  /** The sender in the envelope, where reports of failure go. Default: the address in From. Exchange connections by Graph and EWS always use the mailbox; the attempt says so (`notOffered`) */
  readonly bounceAddress?: string | null;
  readonly subject?: string;
  readonly text?: string | null;
  readonly html?: string | null;

  /** Whether a text part is made from `html` where there is no `text`. The HTML then has at most 512 Ki characters and 5,000 tags */
  readonly textFromHtml?: boolean;

  /** An invitation or an answer to one: a part beside text and HTML, which mail programs show with buttons, and the attachment invite.ics */
  readonly calendar?: MailRequestCalendar;

  /** Asks the recipients for a read receipt (Disposition-Notification-To, RFC 8098). true: to the first `replyTo`, otherwise to the sender. Or the address for the receipts */
  readonly requestReceipt?: MailRequestRequestReceipt;
  readonly attachments?: readonly Attachment[];

  /** X- headers, and a few others */
  readonly headers?: Readonly<Record<string, string>>;

  /** Asks for reports of delivery, which go to the envelope sender. The id of the mail is their envelope id (ENVID). Where the server does not offer them, the attempt says so (`notOffered`) */
  readonly requestDsn?: MailRequestRequestDsn;

  /** Repeated in every event of the mail */
  readonly businessReference?: string | null;

  /** Repeated in every event of the mail */
  readonly metadata?: Readonly<Record<string, string>>;

  /** The mail is not sent before this time */
  readonly sendAt?: string | null;

  /** The mail expires at this time. Default: five days after acceptance, or after `sendAt` */
  readonly notAfter?: string | null;

  /** Mails with the same key are sent in the order in which they were accepted */
  readonly orderingKey?: string | null;

  /** Which mail goes first where mail waits. null: as set for the sender, else for the API key, else normal. It is fixed when the mail is accepted. Over Kafka, what the record does not say is normal */
  readonly priority?: ('urgent' | 'normal' | 'bulk') | null;

  /** What happens when the connection breaks after the final dot: wait for a person, send again, or check the server first. null: as configured in the outgoing server */
  readonly onUnknown?: ('hold' | 'resend' | 'reconcile') | null;
};

export type MailState =
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

export type MailAccepted = {
  readonly id: string;
  readonly messageId: string | null;
  readonly state: Open<
    | 'queued'
    | 'sending'
    | 'deferred'
    | 'held'
    | 'sent'
    | 'partly-sent'
    | 'failed'
    | 'expired'
    | 'cancelled'
    | 'unknown'
  >;
};

export type HoldMail = {
  /** The reason. It is shown in the history of the mail */
  readonly reason?: string | null;

  /** Who requested it, if not the caller */
  readonly actor?: string | null;
};

export type Requester = {
  readonly kind: Open<'api-key' | 'token' | 'source'>;

  /** source: the `source` of the CloudEvent */
  readonly id: string;
  readonly name: string;
};

export type RecipientOutcome = Open<
  'pending' | 'deferred' | 'sent' | 'rejected' | 'expired' | 'cancelled' | 'unknown'
>;

export type RecipientResult = {
  readonly address: string;
  readonly outcome: RecipientOutcome;

  /** The reply of the server for this recipient (untrusted text) */
  readonly reply?: string;
  readonly failure?: Failure;

  /** The address before it was corrected by a resend */
  readonly correctedFrom?: string;

  /** Who resolved an unknown outcome */
  readonly resolvedBy?: Open<'person' | 'reconciliation'>;

  /** The mail was redirected: these addresses stood in the envelope instead, and the outcome is theirs */
  readonly deliveredTo?: readonly string[];
};

export type Attempt = {
  readonly number: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly settingsVersion: number;
  readonly server: string;
  readonly tls: string | null;
  readonly outcome: Open<'sent' | 'partly-sent' | 'deferred' | 'failed' | 'unknown'> | null;
  readonly reply: string | null;
  readonly failure: Failure | null;

  /** What the mail asks for and the server cannot do; the mail went out without it. dsn: reports of delivery as requested. bounce-address: an envelope sender of its own */
  readonly notOffered?: readonly Open<'dsn' | 'bounce-address'>[];

  /** Set where the mail went to the addresses of the sending mode instead of its recipients. message: the message names the recipients that were meant. envelope: the message was finished before, so only its envelope was changed */
  readonly redirected?: Open<'message' | 'envelope'>;
};

export type SenderDecision = {
  /** What has led to the sender */
  readonly rule: Open<
    | 'explicit'
    | 'id'
    | 'employee-at-branch'
    | 'employee'
    | 'department-at-branch'
    | 'department'
    | 'branch'
    | 'purpose'
    | 'default'
  >;

  /** null: `from`, or the default sender */
  readonly senderId: string | null;
  readonly senderVersion: number | null;

  /** What was looked for, in its order */
  readonly tried: readonly TriedSender[];

  /** Where replies go, unless the mail says so itself */
  readonly replyTo: readonly Address[];

  /** The mailbox that Exchange sends through */
  readonly mailbox: string | null;

  /** The certificate that signs instead of the one of the outgoing server */
  readonly certificateId: string | null;
  readonly rewrittenFrom?: Address;
};

export type SmimeDecisionMessage = {
  /** A Bcc recipient. null: all other recipients */
  readonly for: string | null;
  readonly encrypted: boolean;

  /** Digest of the message in the content store */
  readonly sha256: string;
  readonly sizeBytes: number;
};

export type SmimeDecision = {
  /** ID of the certificate. null: the mail is not signed */
  readonly signedWith: string | null;
  readonly encrypt: Open<'off' | 'when-possible' | 'required' | 'gateway'>;

  /** when-possible: the recipients without a usable certificate. Their message is not encrypted */
  readonly withoutCertificate: readonly string[];
  readonly messages: readonly SmimeDecisionMessage[];
};

export type DecisionsSender = Open<'explicit' | 'default' | 'message'> | SenderDecision;

export type DecisionsCopy = {
  readonly address: string;
  readonly rule: Open<'copy-to-sender' | 'always-copy'>;
};

export type Decisions = {
  readonly serverId: string;

  /** The rule that chose the sender, as a text where the mail does not name one of the settings. message: the finished message contains it */
  readonly sender: DecisionsSender;
  readonly from: Address;
  readonly envelopeFrom: string;
  readonly copies: readonly DecisionsCopy[];

  /** What happens when the outcome is unknown. Absent in old events: the policy of the request, otherwise hold */
  readonly onUnknown?: Open<'hold' | 'resend' | 'reconcile'>;
  readonly smime?: SmimeDecision;
};

export type HistoryEntryRecipient = {
  readonly address: string;
  readonly before: RecipientOutcome;
  readonly after: RecipientOutcome;
  readonly correctedAddress?: string;

  /** The previous reply of the server (untrusted text) */
  readonly reply?: string;
};

export type HistoryEntry = {
  readonly at: string;
  readonly entry: Open<
    'held' | 'released' | 'cancelled' | 'requeued' | 'resolved' | 'lookup-ended' | 'declined'
  >;

  /** null: the service acted on its own */
  readonly verb: Open<'hold' | 'release' | 'cancel' | 'resend' | 'resolve'> | null;
  readonly actor: string | null;

  /** The API key of the request */
  readonly requestedBy: string | null;

  /** The reason given in the request */
  readonly reason: string | null;

  /** A stable code, if there are details */
  readonly detail: string | null;

  /** The recipients whose outcome it changed, at most 100 */
  readonly recipients: readonly HistoryEntryRecipient[];
};

export type MailStatus = {
  readonly id: string;
  readonly messageId: string | null;
  readonly state: Open<
    | 'queued'
    | 'sending'
    | 'deferred'
    | 'held'
    | 'sent'
    | 'partly-sent'
    | 'failed'
    | 'expired'
    | 'cancelled'
    | 'unknown'
  >;

  /** Which mail goes first where mail waits */
  readonly priority: Open<'urgent' | 'normal' | 'bulk'>;
  readonly businessReference: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly subject: string | null;

  /** The address of the sender. null: the default sender, before the first attempt */
  readonly from: string | null;

  /** The file names of the attachments. Those of a finished message are not listed */
  readonly attachments: readonly string[];

  /** Whose mail it is. null: nobody knows */
  readonly requestedBy: Requester | null;
  readonly acceptedAt: string;
  readonly nextAttemptAt: string | null;
  readonly heldFor: Open<
    | 'mail-disabled'
    | 'requested'
    | 'restored'
    | 'sending-mode'
    | 'redirected'
    | 'redirect-certificate'
    | 'redirect-unsafe'
  > | null;

  /** Whether a recipient was redirected: other addresses have the mail, or were to have it */
  readonly redirected: boolean;

  /** Recipients that still wait at this time expire */
  readonly notAfter: string;

  /** Why a finished mail did not reach every recipient. `recipients` contains the replies */
  readonly failure: Failure | null;
  readonly recipients: readonly RecipientResult[];
  readonly attempts: readonly Attempt[];

  /** null before the first attempt */
  readonly decisions: Decisions | null;

  /** Why the mail is waiting */
  readonly waitingFor: Failure | null;

  /** The mail with the same ordering key that has to end first, or null */
  readonly waitsForMailId: string | null;

  /** The mail is not sent before this time, as requested */
  readonly sendAt: string | null;

  /** The number of the generation. Each resend opens another one */
  readonly round: number;

  /** The last 50 entries, oldest first */
  readonly history: readonly HistoryEntry[];
};

export type ReleaseMail = {
  /** The reason. It is shown in the history of the mail */
  readonly reason?: string | null;

  /** Who requested it, if not the caller */
  readonly actor?: string | null;

  /** The mail expires at this time instead of the previous one */
  readonly notAfter?: string | null;
};

export type CancelMail = {
  /** The reason. It is shown in the history of the mail */
  readonly reason?: string | null;

  /** Who requested it, if not the caller */
  readonly actor?: string | null;
};

export type ResendMailRecipient = {
  /** addr-spec */
  readonly address: string;

  /** Replaces the address in the envelope and in the header */
  readonly correctedAddress?: string | null;
};

export type ResendMail = {
  /** The reason. It is shown in the history of the mail */
  readonly reason?: string | null;

  /** Who requested it, if not the caller */
  readonly actor?: string | null;

  /** Only these recipients. Absent: all recipients that have not certainly received the mail */
  readonly recipients?: readonly ResendMailRecipient[];

  /** Include recipients with the outcome `sent` */
  readonly force?: boolean;

  /** The mail was redirected, and mail is not redirected any more: send it to the recipients that were meant */
  readonly confirmRedirected?: boolean;

  /** The mail expires at this time. Default: five days from now */
  readonly notAfter?: string | null;
};

export type ResolveMail = {
  /** The reason. It is shown in the history of the mail */
  readonly reason?: string | null;

  /** Who requested it, if not the caller */
  readonly actor?: string | null;

  /** The actual outcome */
  readonly outcome: 'sent' | 'not-sent';

  /** Only these recipients. Absent: all recipients with the outcome `unknown` */
  readonly recipients?: readonly string[];

  /** With not-sent: send the mail again */
  readonly resend?: boolean;

  /** With resend: the mail expires at this time. Default: five days from now */
  readonly notAfter?: string | null;
};

export type WaitingMails = {
  /** Mails that can be sent now */
  readonly due: number;

  /** Mails that wait for a retry or for `sendAt` */
  readonly later: number;

  /** When the oldest due one became due */
  readonly oldestDueAt: string | null;
};

export type LimitUse = {
  /** null: no limit */
  readonly limit: number | null;

  /** Used by all mailers together */
  readonly used: number;
};

export type QueueStatusMails = {
  /** Mails that can be sent now */
  readonly due: number;

  /** Mails that wait for a retry or for `sendAt` */
  readonly later: number;

  /** Mails that are being sent */
  readonly sending: number;

  /** Mails that wait for a release */
  readonly held: number;

  /** Mails that wait for a decision: it is not known whether the server has them */
  readonly unknown: number;
};

export type QueueStatusPriorities = {
  readonly urgent: WaitingMails;
  readonly normal: WaitingMails;
  readonly bulk: WaitingMails;
};

export type QueueStatusStandstill = {
  readonly failure: Failure;
  readonly since: string | null;

  /** null: a probe is in progress, or none is scheduled */
  readonly nextProbeAt: string | null;

  /** Consecutive failed attempts to use the server, including attempts to connect under settings that never worked */
  readonly failedProbes: number;
};

export type QueueStatusLimitsMaxConnections = {
  /** What the settings say. null: nothing; each mailer finds the number of its connections itself */
  readonly limit: number | null;

  /** In use by the mailer that answers */
  readonly used: number;

  /** How many the mailer that answers may use now. It grows while mail waits and the server takes it, and comes down when the server objects. null: no server is in service */
  readonly allowed: number | null;

  /** How many it may use at most: by the settings, by the ceiling of the operator (SMTP_CONNECTIONS), and by what the server was seen to allow. null: no server is in service */
  readonly most: number | null;
};

export type QueueStatusLimitsLearned = {
  readonly connections: number | null;
  readonly messagesPerSession: number | null;
};

export type QueueStatusLimits = {
  readonly maxConnections: QueueStatusLimitsMaxConnections;
  readonly mailsPerMinute: LimitUse;
  readonly recipientsPerDay: LimitUse;

  /** What the mail server was seen to allow. null: as much as was needed */
  readonly learned: QueueStatusLimitsLearned;

  /** The limit that is reached. `retryAt` is when sending resumes */
  readonly reached: Failure | null;
};

export type QueueStatusHistory = {
  /** reading: the log is read for what has not ended; mail is accepted, and none is sent. filling: mail is sent; lists lack mails that had ended. complete: everything is known */
  readonly state: Open<'reading' | 'filling' | 'complete'>;

  /** Events that were read in this state */
  readonly readEvents: number;

  /** Events that the log had at the start */
  readonly totalEvents: number;
};

export type QueueStatus = {
  readonly serverId: string;
  readonly asOf: string;

  /** idle: no mail is due. limited: a limit is reached. standstill: the server does not work, or the settings do not. disabled: sending is disabled */
  readonly state: Open<'idle' | 'moving' | 'limited' | 'standstill' | 'disabled'>;
  readonly mails: QueueStatusMails;

  /** The mails that wait, by their priority */
  readonly priorities: QueueStatusPriorities;

  /** When the oldest due mail became due */
  readonly oldestDueAt: string | null;

  /** The state as seen by the mailer that answers */
  readonly standstill: QueueStatusStandstill | null;
  readonly limits: QueueStatusLimits;

  /** Mails sent by all mailers, averaged over the last ten minutes */
  readonly mailsPerMinute: number;

  /** How much the mailer that answers knows of the past. A start without its view reads the log again */
  readonly history: QueueStatusHistory;

  /** When all mails that are due now will have been sent, estimated from the limits and the pace. null: unknown */
  readonly emptyAt: string | null;
};

export type MailsNamingSender = {
  readonly senderId: string;

  /** Mails that are queued, deferred, held or being sent */
  readonly waiting: number;
};

/** From acceptance, or from `sendAt`, until the mail was sent; accurate to 40 %. Resends do not count */
export type MailDuration = {
  /** Half of the mails took no longer. null: none was sent */
  readonly p50Milliseconds: number | null;

  /** 99 of 100 mails took no longer. null: none was sent */
  readonly p99Milliseconds: number | null;
};

export type StatisticsTotalsFailure = {
  readonly code: Open<
    | 'environment-held'
    | 'host-not-found'
    | 'dns-unavailable'
    | 'destination-not-allowed'
    | 'port-not-allowed'
    | 'connection-refused'
    | 'connection-timeout'
    | 'network-unreachable'
    | 'connection-lost'
    | 'greeting-timeout'
    | 'not-an-smtp-server'
    | 'server-busy'
    | 'server-throttled'
    | 'rate-limited'
    | 'key-quota-reached'
    | 'too-many-recipients'
    | 'server-refuses-service'
    | 'starttls-not-offered'
    | 'tls-not-spoken'
    | 'tls-version-unsupported'
    | 'tls-failed'
    | 'certificate-expired'
    | 'certificate-not-yet-valid'
    | 'certificate-name-mismatch'
    | 'certificate-name-missing'
    | 'certificate-untrusted'
    | 'tls-client-certificate-refused'
    | 'ehlo-refused'
    | 'sign-in-paused'
    | 'ehlo-name-unqualified'
    | 'authentication-not-offered'
    | 'authentication-mechanism-unsupported'
    | 'credentials-rejected'
    | 'external-not-offered'
    | 'external-rejected'
    | 'client-certificate-required'
    | 'windows-sign-in-not-offered'
    | 'kerberos-unavailable'
    | 'kerberos-no-ticket'
    | 'kerberos-keytab-unusable'
    | 'kerberos-identity-rejected'
    | 'kerberos-kdc-unreachable'
    | 'kerberos-service-unknown'
    | 'kerberos-clock-skew'
    | 'kerberos-ticket-rejected'
    | 'kerberos-failed'
    | 'sign-in-unproven'
    | 'ntlm-challenge-unsafe'
    | 'channel-binding-rejected'
    | 'authentication-unavailable'
    | 'authentication-required'
    | 'token-refused'
    | 'client-secret-wrong'
    | 'client-secret-expired'
    | 'client-certificate-rejected'
    | 'client-unknown'
    | 'tenant-unknown'
    | 'consent-missing'
    | 'authority-unavailable'
    | 'token-rejected'
    | 'mailbox-unknown'
    | 'permission-missing'
    | 'exchange-protocol-blocked'
    | 'not-an-exchange-server'
    | 'proxy-sign-in-refused'
    | 'proxy-failed'
    | 'secret-required'
    | 'grant-required'
    | 'service-principal-foreign'
    | 'secret-unreadable'
    | 'settings-pending'
    | 'settings-invalid'
    | 'too-many-connections'
    | 'sending-quota-reached'
    | 'client-blocklisted'
    | 'reverse-dns-missing'
    | 'account-blocked'
    | 'tenant-blocked'
    | 'sender-unauthenticated'
    | 'refused-alike'
    | 'encryption-required'
    | 'app-password-required'
    | 'smtp-sign-in-disabled'
    | 'sign-in-blocked'
    | 'web-sign-in-required'
    | 'account-locked'
    | 'password-expired'
    | 'mailbox-full'
    | 'sender-mailbox-full'
    | 'clock-wrong'
    | 'subscription-missing'
    | 'audience-wrong'
    | 'proxy-answered'
    | 'certificate-chain-incomplete'
    | 'certificate-key-weak'
    | 'sender-refused'
    | 'sender-replaced'
    | 'probe-needed'
    | 'recipient-refused'
    | 'relay-denied'
    | 'outside-recipient-refused'
    | 'relay-unproven'
    | 'recipient-deferred'
    | 'message-too-large'
    | 'message-refused'
    | 'message-deferred'
    | 'smtputf8-unsupported'
    | '8bitmime-unsupported'
    | 'smime-recipient-certificate-missing'
    | 'sender-not-allowed'
    | 'sender-unknown'
    | 'smime-sender-mismatch'
    | 'smime-certificate-unusable'
    | 'smime-too-large'
    | 'message-uncomposable'
    | 'disk-full'
    | 'content-unavailable'
    | 'timeout'
    | 'unexpected-reply'
    | 'outcome-unknown'
    | 'expired'
    | 'resolved-not-sent'
    | 'no-recipient-left'
  >;
  readonly count: number;
  readonly en: string;
  readonly de: string;
};

export type StatisticsTotals = {
  /** Mails accepted */
  readonly accepted: number;

  /** Mails whose recipients were all accepted by the server */
  readonly sent: number;

  /** Mails that reached only some of their recipients */
  readonly partlySent: number;

  /** Mails that failed for good */
  readonly failed: number;

  /** Mails whose time ran out */
  readonly expired: number;

  /** Mails cancelled */
  readonly cancelled: number;

  /** Mails whose outcome became unknown */
  readonly unknown: number;

  /** Attempts after which a mail waits for the next one */
  readonly deferred: number;

  /** Mails queued, deferred or being sent at the end */
  readonly waiting: number;
  readonly duration: MailDuration;

  /** Why mails failed, expired, were sent in part, or became unknown; the most frequent first */
  readonly failures: readonly StatisticsTotalsFailure[];
};

export type StatisticsStepFailure = {
  readonly code: Open<
    | 'environment-held'
    | 'host-not-found'
    | 'dns-unavailable'
    | 'destination-not-allowed'
    | 'port-not-allowed'
    | 'connection-refused'
    | 'connection-timeout'
    | 'network-unreachable'
    | 'connection-lost'
    | 'greeting-timeout'
    | 'not-an-smtp-server'
    | 'server-busy'
    | 'server-throttled'
    | 'rate-limited'
    | 'key-quota-reached'
    | 'too-many-recipients'
    | 'server-refuses-service'
    | 'starttls-not-offered'
    | 'tls-not-spoken'
    | 'tls-version-unsupported'
    | 'tls-failed'
    | 'certificate-expired'
    | 'certificate-not-yet-valid'
    | 'certificate-name-mismatch'
    | 'certificate-name-missing'
    | 'certificate-untrusted'
    | 'tls-client-certificate-refused'
    | 'ehlo-refused'
    | 'sign-in-paused'
    | 'ehlo-name-unqualified'
    | 'authentication-not-offered'
    | 'authentication-mechanism-unsupported'
    | 'credentials-rejected'
    | 'external-not-offered'
    | 'external-rejected'
    | 'client-certificate-required'
    | 'windows-sign-in-not-offered'
    | 'kerberos-unavailable'
    | 'kerberos-no-ticket'
    | 'kerberos-keytab-unusable'
    | 'kerberos-identity-rejected'
    | 'kerberos-kdc-unreachable'
    | 'kerberos-service-unknown'
    | 'kerberos-clock-skew'
    | 'kerberos-ticket-rejected'
    | 'kerberos-failed'
    | 'sign-in-unproven'
    | 'ntlm-challenge-unsafe'
    | 'channel-binding-rejected'
    | 'authentication-unavailable'
    | 'authentication-required'
    | 'token-refused'
    | 'client-secret-wrong'
    | 'client-secret-expired'
    | 'client-certificate-rejected'
    | 'client-unknown'
    | 'tenant-unknown'
    | 'consent-missing'
    | 'authority-unavailable'
    | 'token-rejected'
    | 'mailbox-unknown'
    | 'permission-missing'
    | 'exchange-protocol-blocked'
    | 'not-an-exchange-server'
    | 'proxy-sign-in-refused'
    | 'proxy-failed'
    | 'secret-required'
    | 'grant-required'
    | 'service-principal-foreign'
    | 'secret-unreadable'
    | 'settings-pending'
    | 'settings-invalid'
    | 'too-many-connections'
    | 'sending-quota-reached'
    | 'client-blocklisted'
    | 'reverse-dns-missing'
    | 'account-blocked'
    | 'tenant-blocked'
    | 'sender-unauthenticated'
    | 'refused-alike'
    | 'encryption-required'
    | 'app-password-required'
    | 'smtp-sign-in-disabled'
    | 'sign-in-blocked'
    | 'web-sign-in-required'
    | 'account-locked'
    | 'password-expired'
    | 'mailbox-full'
    | 'sender-mailbox-full'
    | 'clock-wrong'
    | 'subscription-missing'
    | 'audience-wrong'
    | 'proxy-answered'
    | 'certificate-chain-incomplete'
    | 'certificate-key-weak'
    | 'sender-refused'
    | 'sender-replaced'
    | 'probe-needed'
    | 'recipient-refused'
    | 'relay-denied'
    | 'outside-recipient-refused'
    | 'relay-unproven'
    | 'recipient-deferred'
    | 'message-too-large'
    | 'message-refused'
    | 'message-deferred'
    | 'smtputf8-unsupported'
    | '8bitmime-unsupported'
    | 'smime-recipient-certificate-missing'
    | 'sender-not-allowed'
    | 'sender-unknown'
    | 'smime-sender-mismatch'
    | 'smime-certificate-unusable'
    | 'smime-too-large'
    | 'message-uncomposable'
    | 'disk-full'
    | 'content-unavailable'
    | 'timeout'
    | 'unexpected-reply'
    | 'outcome-unknown'
    | 'expired'
    | 'resolved-not-sent'
    | 'no-recipient-left'
  >;
  readonly count: number;
};

export type StatisticsStep = {
  readonly start: string;

  /** Mails accepted */
  readonly accepted: number;

  /** Mails whose recipients were all accepted by the server */
  readonly sent: number;

  /** Mails that reached only some of their recipients */
  readonly partlySent: number;

  /** Mails that failed for good */
  readonly failed: number;

  /** Mails whose time ran out */
  readonly expired: number;

  /** Mails cancelled */
  readonly cancelled: number;

  /** Mails whose outcome became unknown */
  readonly unknown: number;

  /** Attempts after which a mail waits for the next one */
  readonly deferred: number;

  /** Mails queued, deferred or being sent at the end */
  readonly waiting: number;
  readonly duration: MailDuration;

  /** Why mails failed, expired, were sent in part, or became unknown; the most frequent first */
  readonly failures: readonly StatisticsStepFailure[];
};

export type Statistics = {
  readonly asOf: string;

  /** The beginning of the first step */
  readonly from: string;

  /** The end of the last step */
  readonly to: string;
  readonly step: Open<'minute' | 'hour' | 'day'>;

  /** The whole range */
  readonly totals: StatisticsTotals;

  /** Each step of the range, oldest first, also those in which nothing happened */
  readonly steps: readonly StatisticsStep[];
};

export type ResumeQueue = {
  /** The reason. It is shown in the history of the mail */
  readonly reason?: string | null;

  /** Who requested it, if not the caller */
  readonly actor?: string | null;
};

export type MailFilter = {
  /** Only the mails with these IDs, separated by commas */
  readonly id?: string;

  /** Only mails that have each of these words in the subject, an address, the name of an attachment, the reference or the name of the requester */
  readonly q?: string;

  /** Only mails with this recipient. An address, a domain with its `@`, or words of an address */
  readonly recipient?: string;

  /** Only mails from this sender. An address, a domain with its `@`, or words of an address */
  readonly sender?: string;

  /** Only mails with this text in the subject. Whole words, in this order; a word that ends with `*` is the beginning of one */
  readonly subject?: string;

  /** Only mails with this text in the name of an attachment. Whole words, in this order; a word that ends with `*` is the beginning of one */
  readonly attachment?: string;

  /** Only mails of this requester: its ID, or words of its name */
  readonly requestedBy?: string;

  /** Only the mails with this Message-ID. Its angle brackets may be absent */
  readonly messageId?: string;

  /** Only mails of this priority */
  readonly priority?: 'urgent' | 'normal' | 'bulk';

  /** Only mails with exactly this reference */
  readonly businessReference?: string;

  /** Only mails whose reference begins with this text */
  readonly businessReferencePrefix?: string;

  /** Only mails with a recipient that has this failure */
  readonly failure?: string;

  /** Only mails accepted at this time or later */
  readonly since?: string;

  /** Only mails accepted before this time */
  readonly until?: string;

  /** Only mails in one of these states, separated by commas */
  readonly state?: string;

  /** The same as `state`, as a list. If both are absent: the states in which the verb can have an effect */
  readonly states?: readonly MailState[];
};

export type MailAction = {
  readonly verb: 'resend' | 'release' | 'cancel' | 'hold' | 'resolve';
  readonly filter: MailFilter;

  /** For resend and release: the mails expire at this time */
  readonly notAfter?: string | null;

  /** The reason. It is shown in the history of the mail */
  readonly reason?: string | null;

  /** Who requested it, if not the caller */
  readonly actor?: string | null;

  /** For resolve, which requires it: the actual outcome of the mails */
  readonly outcome?: 'sent' | 'not-sent';

  /** For resend. The mail was redirected, and mail is not redirected any more: send it to the recipients that were meant */
  readonly confirmRedirected?: boolean;

  /** Only count the mails */
  readonly dryRun?: boolean;
};

export type BulkMailAnswer = {
  /** The ID of the command; null for a dry run */
  readonly id: string | null;
  readonly verb: Open<'resend' | 'release' | 'cancel' | 'hold' | 'resolve'>;

  /** How many mails the filter matches at this moment */
  readonly matched: number;
};

export type MailActionStatusReason = {
  readonly code: Open<
    | 'mail-unknown'
    | 'wrong-key'
    | 'mail-sending'
    | 'mail-finished'
    | 'mail-not-finished'
    | 'mail-disabled'
    | 'outcome-not-unknown'
    | 'recipient-unknown'
    | 'recipient-sent'
    | 'mail-redirected'
    | 'correction-invalid'
    | 'not-after-passed'
    | 'nothing-to-do'
  >;
  readonly count: number;
};

export type MailActionStatus = {
  readonly id: string;
  readonly verb: Open<'resend' | 'release' | 'cancel' | 'hold' | 'resolve'>;
  readonly state: Open<'running' | 'finished'>;
  readonly filter: MailFilter;

  /** The mails of the action. While it is running, as many as are known */
  readonly matched: number;

  /** Mails for which the verb has had its effect */
  readonly done: number;

  /** Mails that the verb has left as they were */
  readonly skipped: number;

  /** Why mails were skipped, the most frequent reason first */
  readonly reasons: readonly MailActionStatusReason[];
  readonly actor: string | null;
  readonly reason: string | null;
  readonly requestedAt: string;
  readonly finishedAt: string | null;
};

export type MailActionList = {
  readonly items: readonly MailActionStatus[];

  /** Where the next page begins; null on the last page */
  readonly nextCursor: string | null;
};

export type BulkMail = {
  readonly filter: MailFilter;

  /** For resend and release: the mails expire at this time */
  readonly notAfter?: string | null;

  /** The reason. It is shown in the history of the mail */
  readonly reason?: string | null;

  /** Who requested it, if not the caller */
  readonly actor?: string | null;

  /** Only count the mails */
  readonly dryRun?: boolean;
};

export type MailSummary = {
  readonly id: string;
  readonly messageId: string | null;
  readonly state: Open<
    | 'queued'
    | 'sending'
    | 'deferred'
    | 'held'
    | 'sent'
    | 'partly-sent'
    | 'failed'
    | 'expired'
    | 'cancelled'
    | 'unknown'
  >;

  /** Which mail goes first where mail waits */
  readonly priority: Open<'urgent' | 'normal' | 'bulk'>;
  readonly businessReference: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly subject: string | null;

  /** The address of the sender. null: the default sender, before the first attempt */
  readonly from: string | null;

  /** The file names of the attachments. Those of a finished message are not listed */
  readonly attachments: readonly string[];

  /** Whose mail it is. null: nobody knows */
  readonly requestedBy: Requester | null;
  readonly acceptedAt: string;
  readonly nextAttemptAt: string | null;
  readonly heldFor: Open<
    | 'mail-disabled'
    | 'requested'
    | 'restored'
    | 'sending-mode'
    | 'redirected'
    | 'redirect-certificate'
    | 'redirect-unsafe'
  > | null;

  /** Whether a recipient was redirected: other addresses have the mail, or were to have it */
  readonly redirected: boolean;

  /** Recipients that still wait at this time expire */
  readonly notAfter: string;

  /** Why a finished mail did not reach every recipient. `recipients` contains the replies */
  readonly failure: Failure | null;
  readonly recipients: readonly RecipientResult[];
};

export type MailList = {
  /** In the order of `sort` */
  readonly items: readonly MailSummary[];

  /** null: this is the last page */
  readonly nextCursor: string | null;

  /** false: the history is still being read, and mails that had ended are missing. See `history` of the queue */
  readonly complete: boolean;
};

export type MailCountsStates = {
  readonly queued: number;
  readonly sending: number;
  readonly deferred: number;
  readonly held: number;
  readonly sent: number;
  readonly 'partly-sent': number;
  readonly failed: number;
  readonly expired: number;
  readonly cancelled: number;
  readonly unknown: number;
};

export type MailCounts = {
  readonly total: number;
  readonly states: MailCountsStates;

  /** false: counting ended early, and there are at least as many mails as the answer says */
  readonly complete: boolean;
};

export type MessageHeader = { readonly name: string; readonly value: string };

export type MessageAttachment = {
  /** Its place in the message, from 1; the last part of its address */
  readonly number: number;
  readonly filename: string | null;
  readonly contentType: string;
  readonly contentId: string | null;
  readonly sizeBytes: number;
};

export type MailContent = {
  /** ID of the mail */
  readonly id: string;

  /** Of the message */
  readonly sizeBytes: number;

  /** In their order, decoded */
  readonly headers: readonly MessageHeader[];
  readonly text: string | null;

  /** Whether there is a text in HTML, at `…/html` */
  readonly hasHtml: boolean;
  readonly attachments: readonly MessageAttachment[];

  /** As it is in the message, and not safe to show: `…/html` is the text with what makes it safe */
  readonly html: string | null;
};

export type RefusedRequestListItemFinding = {
  /** JSON pointer (RFC 6901) of the value */
  readonly pointer: string;
  readonly code: string;
  readonly message: LocalizedText;
  readonly params?: FindingParams;

  /** The other resource it is about */
  readonly resource?: string;
};

export type RefusedRequestListItem = {
  readonly partition: number;
  readonly offset: number;
  readonly code: Open<
    'unreadable' | 'invalid' | 'idempotency-conflict' | 'mail-disabled' | 'sender-not-allowed'
  >;
  readonly detail: string;

  /** null if the record does not contain a readable ID */
  readonly mailId: string | null;
  readonly refusedAt: string;
  readonly businessReference?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;

  /** What is wrong with the data of the record, as over HTTP */
  readonly findings?: readonly RefusedRequestListItemFinding[];
};

export type RefusedRequestList = {
  /** Newest first */
  readonly items: readonly RefusedRequestListItem[];
  readonly nextCursor: string | null;
};

export type TestMailboxMessageSummary = {
  readonly id: string;
  readonly receivedAt: string;

  /** Sender of the envelope */
  readonly sender: string;

  /** Recipients of the envelope, blind copies included */
  readonly recipients: readonly string[];

  /** Message-ID, as in the status of the mail */
  readonly messageId: string | null;
  readonly subject: string | null;
  readonly sizeBytes: number;
};

export type TestMailboxBehavior = {
  /** Recipients that are refused with 550: addresses, domains, or `*` for all */
  readonly rejectRecipients: readonly string[];

  /** Recipients that are refused with 450: addresses, domains, or `*` for all */
  readonly deferRecipients: readonly string[];

  /** How long the mailbox waits before it replies to a message */
  readonly delaySeconds: number;

  /** What follows the message. accept: 250. defer: 451, so the mail is tried again. reject: 554. drop: the message is kept, but the connection breaks before the reply, so the outcome is `unknown` */
  readonly afterMessage: 'accept' | 'defer' | 'reject' | 'drop';
};

export type TestMailbox = {
  readonly messages: readonly TestMailboxMessageSummary[];

  /** With one more, the oldest is dropped */
  readonly maxMessages: number;

  /** Of all messages together. With more, the oldest are dropped */
  readonly maxBytes: number;
  readonly behavior: TestMailboxBehavior;
};

export type TestMailboxMessage = {
  readonly id: string;
  readonly receivedAt: string;

  /** Sender of the envelope */
  readonly sender: string;

  /** Recipients of the envelope, blind copies included */
  readonly recipients: readonly string[];

  /** Message-ID, as in the status of the mail */
  readonly messageId: string | null;
  readonly subject: string | null;
  readonly sizeBytes: number;

  /** In their order, decoded */
  readonly headers: readonly MessageHeader[];
  readonly text: string | null;

  /** Whether there is a text in HTML, at `…/html` */
  readonly hasHtml: boolean;
  readonly attachments: readonly MessageAttachment[];

  /** As it is in the message, and not safe to show: `…/html` is the text with what makes it safe */
  readonly html: string | null;
};

export type EndSessionAnswer = {
  /** Where the browser signs out of the identity provider as well */
  readonly continueAt: string;
};

export type GetSupportBundleAnswerPartsValue = {
  /** Of the answer at the path */
  readonly status: number;

  /** The answer; metrics as text */
  readonly body: unknown;
};

export type GetSupportBundleAnswer = {
  readonly createdAt: string;

  /** The release */
  readonly version: string;

  /** The release of Node.js */
  readonly node: string;
  readonly platform: string;
  readonly uptimeSeconds: number;
  readonly parts: Readonly<Record<string, GetSupportBundleAnswerPartsValue>>;
};

/** Every operation by its method and path: what it takes and what it answers. */
export interface Operations {
  /** Get this document */
  'GET /openapi.json': { readonly answer: unknown };

  /** List the problem codes */
  'GET /problems': { readonly answer: ProblemTypeList | string };

  /** Explain a problem code */
  'GET /problems/{code}': { readonly answer: ProblemType | string };

  /** Get the metrics in the Prometheus text format */
  'GET /metrics': { readonly answer: string };

  /** Get the version of the service */
  'GET /version': { readonly answer: Version };

  /** Check whether the process is running */
  'GET /health/live': { readonly answer: Liveness };

  /** Check whether the service is ready */
  'GET /health/ready': { readonly answer: Readiness };

  /** Sign in with an API key or a token, and get a session cookie */
  'POST /v1/session': { readonly body: SignIn; readonly answer: Session };

  /** Get the caller and its scopes */
  'GET /v1/session': { readonly answer: Session };

  /** Sign out */
  'DELETE /v1/session': { readonly answer: EndSessionAnswer | undefined };

  /** Sign in with the account of the company */
  'GET /v1/session/oidc': {
    readonly query: {
      /** Which view the page shows after the sign-in */
      readonly returnTo?: string;
    };
  };

  /** Where the identity provider sends a browser back to */
  'GET /v1/session/oidc/callback': {};

  /** List the outgoing servers */
  'GET /v1/outgoing-servers': { readonly answer: OutgoingServerList };

  /** List the presets of providers */
  'GET /v1/outgoing-servers/presets': { readonly answer: ServerPresetList };

  /** Read an outgoing server */
  'GET /v1/outgoing-servers/{id}': { readonly answer: OutgoingServerView };

  /** Replace an outgoing server */
  'PUT /v1/outgoing-servers/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: OutgoingServerPut;
    readonly answer: OutgoingServerView;
  };

  /** Update some fields of an outgoing server (JSON merge patch) */
  'PATCH /v1/outgoing-servers/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: OutgoingServerPatch;
    readonly answer: OutgoingServerView;
  };

  /** List the changes, newest first */
  'GET /v1/outgoing-servers/{id}/history': {
    readonly query: {
      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: History;
  };

  /** Read a version of an outgoing server */
  'GET /v1/outgoing-servers/{id}/history/{version}': { readonly answer: OutgoingServerVersion };

  /** Compare two versions */
  'GET /v1/outgoing-servers/{id}/diff': {
    readonly query: { readonly from: number; readonly to: number };
    readonly answer: Diff;
  };

  /** Restore an earlier version */
  'POST /v1/outgoing-servers/{id}/revert': { readonly body: Revert; readonly answer: OutgoingServerView };

  /** Get which mailers use the current version */
  'GET /v1/outgoing-servers/{id}/apply-status': { readonly answer: ApplyStatus };

  /** List the Exchange connections */
  'GET /v1/exchange-connections': { readonly answer: ExchangeConnectionList };

  /** Create an Exchange connection */
  'POST /v1/exchange-connections': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: ExchangeConnectionCreate;
    readonly answer: ExchangeConnectionView;
  };

  /** Read an Exchange connection */
  'GET /v1/exchange-connections/{id}': { readonly answer: ExchangeConnectionView };

  /** Replace an Exchange connection */
  'PUT /v1/exchange-connections/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: ExchangeConnectionPut;
    readonly answer: ExchangeConnectionView;
  };

  /** Update some fields of an Exchange connection (JSON merge patch) */
  'PATCH /v1/exchange-connections/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: ExchangeConnectionPatch;
    readonly answer: ExchangeConnectionView;
  };

  /** Delete an Exchange connection */
  'DELETE /v1/exchange-connections/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
  };

  /** List the changes, newest first */
  'GET /v1/exchange-connections/{id}/history': {
    readonly query: {
      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: History;
  };

  /** Read a version of an Exchange connection */
  'GET /v1/exchange-connections/{id}/history/{version}': { readonly answer: ExchangeConnectionVersion };

  /** Compare two versions */
  'GET /v1/exchange-connections/{id}/diff': {
    readonly query: { readonly from: number; readonly to: number };
    readonly answer: Diff;
  };

  /** Restore an earlier version */
  'POST /v1/exchange-connections/{id}/revert': {
    readonly body: Revert;
    readonly answer: ExchangeConnectionView;
  };

  /** Get which mailers use the current version */
  'GET /v1/exchange-connections/{id}/apply-status': { readonly answer: ApplyStatus };

  /** List the certificates, sorted by expiry */
  'GET /v1/certificates': {
    readonly query: { readonly kind?: 'own' | 'trusted' | 'recipient' };
    readonly answer: CertificateList;
  };

  /** Import a certificate */
  'POST /v1/certificates': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: ImportCertificate;
    readonly answer: CertificateView;
  };

  /** Create a private key and a certificate request */
  'POST /v1/certificates/keys': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: CreateKey;
    readonly answer: CertificateView;
  };

  /** Import the certificate issued for a key */
  'PUT /v1/certificates/{id}/certificate': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: IssuedCertificate;
    readonly answer: CertificateView;
  };

  /** Read a certificate */
  'GET /v1/certificates/{id}': { readonly answer: CertificateView };

  /** Update some fields of a certificate (JSON merge patch) */
  'PATCH /v1/certificates/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: CertificatePatch;
    readonly answer: CertificateView;
  };

  /** Delete a certificate */
  'DELETE /v1/certificates/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
  };

  /** List the changes, newest first */
  'GET /v1/certificates/{id}/history': {
    readonly query: {
      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: History;
  };

  /** Read a version of a certificate */
  'GET /v1/certificates/{id}/history/{version}': { readonly answer: CertificateVersion };

  /** Compare two versions */
  'GET /v1/certificates/{id}/diff': {
    readonly query: { readonly from: number; readonly to: number };
    readonly answer: Diff;
  };

  /** Restore an earlier version */
  'POST /v1/certificates/{id}/revert': { readonly body: Revert; readonly answer: CertificateView };

  /** List the certificates of recipients */
  'GET /v1/recipient-certificates': {
    readonly query: { readonly address?: string };
    readonly answer: CertificateList;
  };

  /** Import any number of certificates of recipients */
  'POST /v1/recipient-certificates': {
    readonly query: { readonly reason?: string };
    readonly body: ImportRecipients;
    readonly answer: ImportedRecipients;
  };

  /** List certificates and client secrets, sorted by expiry */
  'GET /v1/credentials': { readonly answer: CredentialList };

  /** List the senders */
  'GET /v1/senders': {
    readonly query: {
      /** Part of the name, the address or the key */
      readonly text?: string;

      /** Only senders that this list keeps up to date */
      readonly source?: string;
      readonly active?: boolean;

      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: SenderList;
  };

  /** Synchronize the senders of a list */
  'PUT /v1/senders': {
    readonly query: {
      /** The name of the list */
      readonly source: string;

      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: SenderListPut;
    readonly answer: SenderListChanges;
  };

  /** Create a sender */
  'POST /v1/senders': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: SenderCreate;
    readonly answer: SenderView;
  };

  /** Find out which sender a mail would have, and why */
  'GET /v1/senders/resolve': {
    readonly query: {
      /** The ID of a sender */
      readonly id?: string;

      /** The key of an employee */
      readonly employee?: string;

      /** The key of a department */
      readonly department?: string;

      /** The key of a branch: of the employee, of the department, or by itself */
      readonly branch?: string;

      /** The key of a purpose */
      readonly purpose?: string;

      /** The address in `from`, if the mail has one */
      readonly from?: string;
    };
    readonly answer: SenderResolution;
  };

  /** Read a sender */
  'GET /v1/senders/{id}': { readonly answer: SenderView };

  /** Replace a sender */
  'PUT /v1/senders/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: SenderPut;
    readonly answer: SenderView;
  };

  /** Update some fields of a sender (JSON merge patch) */
  'PATCH /v1/senders/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: SenderPatch;
    readonly answer: SenderView;
  };

  /** Delete a sender */
  'DELETE /v1/senders/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
  };

  /** List the changes, newest first */
  'GET /v1/senders/{id}/history': {
    readonly query: {
      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: History;
  };

  /** Read a version of a sender */
  'GET /v1/senders/{id}/history/{version}': { readonly answer: SenderVersion };

  /** Compare two versions */
  'GET /v1/senders/{id}/diff': {
    readonly query: { readonly from: number; readonly to: number };
    readonly answer: Diff;
  };

  /** Restore an earlier version */
  'POST /v1/senders/{id}/revert': { readonly body: Revert; readonly answer: SenderView };

  /** Check whether the mail server accepts a sender */
  'POST /v1/senders/{id}/checks': { readonly body: SenderCheckRequest; readonly answer: SenderCheck };

  /** Check all active senders, one after the other */
  'POST /v1/sender-checks': { readonly body: SenderCheckRequest; readonly answer: SenderCheck };

  /** List the checks of senders, newest first */
  'GET /v1/sender-checks': { readonly answer: SenderCheckList };

  /** Get a check of senders, and how far it is */
  'GET /v1/sender-checks/{id}': { readonly answer: SenderCheck };

  /** Read a sending mode */
  'GET /v1/environment/{id}': { readonly answer: SendingModeView };

  /** Replace a sending mode */
  'PUT /v1/environment/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: SendingModePut;
    readonly answer: SendingModeView;
  };

  /** Update some fields of a sending mode (JSON merge patch) */
  'PATCH /v1/environment/{id}': {
    readonly query: {
      /** The reason. It is shown in the history */
      readonly reason?: string;
    };
    readonly body: SendingModePatch;
    readonly answer: SendingModeView;
  };

  /** List the changes, newest first */
  'GET /v1/environment/{id}/history': {
    readonly query: {
      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: History;
  };

  /** Read a version of a sending mode */
  'GET /v1/environment/{id}/history/{version}': { readonly answer: SendingModeVersion };

  /** Compare two versions */
  'GET /v1/environment/{id}/diff': {
    readonly query: { readonly from: number; readonly to: number };
    readonly answer: Diff;
  };

  /** Restore an earlier version */
  'POST /v1/environment/{id}/revert': { readonly body: RevertSendingMode; readonly answer: SendingModeView };

  /** Get which mailers use the current version */
  'GET /v1/environment/{id}/apply-status': { readonly answer: ApplyStatus };

  /** Test the connection to the mail server step by step */
  'POST /v1/outgoing-servers/{id}/connection-tests': {
    readonly body: ConnectionTestRequest;
    readonly answer: ConnectionTest;
  };

  /** List the connection tests, newest first */
  'GET /v1/outgoing-servers/{id}/connection-tests': {
    readonly query: {
      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: ConnectionTestList;
  };

  /** Get a connection test with its steps */
  'GET /v1/outgoing-servers/{id}/connection-tests/{testId}': { readonly answer: ConnectionTest };

  /** Test an Exchange connection step by step: token, mailbox, test mail */
  'POST /v1/exchange-connections/{id}/connection-tests': {
    readonly body: ExchangeConnectionTestRequest;
    readonly answer: ConnectionTest;
  };

  /** List the connection tests, newest first */
  'GET /v1/exchange-connections/{id}/connection-tests': {
    readonly query: {
      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: ConnectionTestList;
  };

  /** Get a connection test with its steps */
  'GET /v1/exchange-connections/{id}/connection-tests/{testId}': { readonly answer: ConnectionTest };

  /** Create an API key */
  'POST /v1/api-keys': { readonly body: CreateApiKey; readonly answer: CreatedApiKey };

  /** List the API keys, including revoked keys */
  'GET /v1/api-keys': { readonly answer: ApiKeyList };

  /** Get an API key */
  'GET /v1/api-keys/{keyId}': { readonly answer: ApiKey };

  /** Revoke an API key */
  'DELETE /v1/api-keys/{keyId}': {};

  /** Become the first person of a new installation */
  'POST /v1/first-person': { readonly body: FirstPerson; readonly answer: CreatedApiKey };

  /** Stream live events (server-sent events) */
  'GET /v1/events': {
    readonly query: {
      /** Same as the header, for clients that cannot set headers */
      readonly lastEventId?: string;
    };
    readonly answer: string;
  };

  /** Get what support needs to know, without secrets */
  'GET /v1/support-bundle': { readonly answer: GetSupportBundleAnswer };

  /** Get the environment of this log */
  'GET /v1/environment': { readonly answer: Environment };

  /** Say what a log is that was found at another place */
  'POST /v1/environment/confirm': { readonly body: ConfirmEnvironment; readonly answer: Environment };

  /** Send a mail */
  'POST /v1/mails': { readonly body: MailRequest; readonly answer: MailAccepted };

  /** Find mails */
  'GET /v1/mails': {
    readonly query: {
      /** Only the mails with these IDs, separated by commas */
      readonly id?: string;

      /** Only mails that have each of these words in the subject, an address, the name of an attachment, the reference or the name of the requester */
      readonly q?: string;

      /** Only mails with this recipient. An address, a domain with its `@`, or words of an address */
      readonly recipient?: string;

      /** Only mails from this sender. An address, a domain with its `@`, or words of an address */
      readonly sender?: string;

      /** Only mails with this text in the subject. Whole words, in this order; a word that ends with `*` is the beginning of one */
      readonly subject?: string;

      /** Only mails with this text in the name of an attachment. Whole words, in this order; a word that ends with `*` is the beginning of one */
      readonly attachment?: string;

      /** Only mails of this requester: its ID, or words of its name */
      readonly requestedBy?: string;

      /** Only the mails with this Message-ID. Its angle brackets may be absent */
      readonly messageId?: string;

      /** Only mails of this priority */
      readonly priority?: 'urgent' | 'normal' | 'bulk';

      /** Only mails with exactly this reference */
      readonly businessReference?: string;

      /** Only mails whose reference begins with this text */
      readonly businessReferencePrefix?: string;

      /** Only mails with a recipient that has this failure */
      readonly failure?: string;

      /** Only mails accepted at this time or later */
      readonly since?: string;

      /** Only mails accepted before this time */
      readonly until?: string;

      /** Only mails in one of these states, separated by commas */
      readonly state?: string;

      /** By time of acceptance: the newest first, or the oldest first */
      readonly sort?: '-acceptedAt' | 'acceptedAt';

      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: MailList;
  };

  /** Send a finished message */
  'POST /v1/mails/raw': {
    readonly query: {
      /** The sender in the envelope; empty: the null sender. Default: Sender, otherwise From */
      readonly 'X-Envelope-From'?: string;

      /** The recipients in the envelope, repeatable. Default: To, Cc and Bcc */
      readonly 'X-Envelope-To'?: readonly string[];

      /** The same as X-Envelope-From */
      readonly bounceAddress?: string;

      /** As in a JSON request, a JSON object */
      readonly requestDsn?: string;

      /** Repeated in every event of the mail */
      readonly businessReference?: string;

      /** A JSON object of texts, repeated in every event of the mail */
      readonly metadata?: string;

      /** The mail is not sent before this time */
      readonly sendAt?: string;

      /** The mail expires at this time */
      readonly notAfter?: string;

      /** Mails with the same key are sent in order */
      readonly orderingKey?: string;

      /** Which mail goes first where mail waits */
      readonly priority?: 'urgent' | 'normal' | 'bulk';

      /** What happens when the connection breaks after the final dot */
      readonly onUnknown?: 'hold' | 'resend' | 'reconcile';
    };
    readonly body: string | Uint8Array;
    readonly answer: MailAccepted;
  };

  /** Hold a mail */
  'POST /v1/mails/{id}/hold': { readonly body: HoldMail; readonly answer: MailStatus };

  /** Release a held mail */
  'POST /v1/mails/{id}/release': { readonly body: ReleaseMail; readonly answer: MailStatus };

  /** Cancel a mail */
  'POST /v1/mails/{id}/cancel': { readonly body: CancelMail; readonly answer: MailStatus };

  /** Resend a finished mail */
  'POST /v1/mails/{id}/resend': { readonly body: ResendMail; readonly answer: MailStatus };

  /** Resolve an unknown outcome */
  'POST /v1/mails/{id}/resolve': { readonly body: ResolveMail; readonly answer: MailStatus };

  /** Get the state of the queue */
  'GET /v1/queue': { readonly answer: QueueStatus };

  /** Count the mails that wait for a sender */
  'GET /v1/queue/senders/{id}/mails': { readonly answer: MailsNamingSender };

  /** Get what became of all mail, step by step */
  'GET /v1/statistics': {
    readonly query: {
      /** Where the range begins. Default: 24 hours before `to` */
      readonly from?: string;

      /** Where the range ends. Default: now */
      readonly to?: string;

      /** Default: minutes for up to 3 hours, hours for up to 14 days, otherwise days. Minutes are kept for 2 days, hours for 3 months, days for 5 years */
      readonly step?: 'minute' | 'hour' | 'day';
    };
    readonly answer: Statistics;
  };

  /** End a standstill and try the server again at once */
  'POST /v1/queue/resume': { readonly body: ResumeQueue; readonly answer: QueueStatus };

  /** Carry out a verb for all mails of a filter */
  'POST /v1/mails/actions': { readonly body: MailAction; readonly answer: BulkMailAnswer };

  /** List the actions, newest first */
  'GET /v1/mails/actions': {
    readonly query: {
      /** Only actions in this state */
      readonly state?: 'running' | 'finished';

      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: MailActionList;
  };

  /** Get the progress of an action */
  'GET /v1/mails/actions/{id}': { readonly answer: MailActionStatus };

  /** Resend all mails of a filter */
  'POST /v1/mails/resend': { readonly body: BulkMail; readonly answer: BulkMailAnswer };

  /** Release all mails of a filter */
  'POST /v1/mails/release': { readonly body: BulkMail; readonly answer: BulkMailAnswer };

  /** Cancel all mails of a filter */
  'POST /v1/mails/cancel': { readonly body: BulkMail; readonly answer: BulkMailAnswer };

  /** Count the mails of a filter by state */
  'GET /v1/mails/counts': {
    readonly query: {
      /** Only the mails with these IDs, separated by commas */
      readonly id?: string;

      /** Only mails that have each of these words in the subject, an address, the name of an attachment, the reference or the name of the requester */
      readonly q?: string;

      /** Only mails with this recipient. An address, a domain with its `@`, or words of an address */
      readonly recipient?: string;

      /** Only mails from this sender. An address, a domain with its `@`, or words of an address */
      readonly sender?: string;

      /** Only mails with this text in the subject. Whole words, in this order; a word that ends with `*` is the beginning of one */
      readonly subject?: string;

      /** Only mails with this text in the name of an attachment. Whole words, in this order; a word that ends with `*` is the beginning of one */
      readonly attachment?: string;

      /** Only mails of this requester: its ID, or words of its name */
      readonly requestedBy?: string;

      /** Only the mails with this Message-ID. Its angle brackets may be absent */
      readonly messageId?: string;

      /** Only mails of this priority */
      readonly priority?: 'urgent' | 'normal' | 'bulk';

      /** Only mails with exactly this reference */
      readonly businessReference?: string;

      /** Only mails whose reference begins with this text */
      readonly businessReferencePrefix?: string;

      /** Only mails with a recipient that has this failure */
      readonly failure?: string;

      /** Only mails accepted at this time or later */
      readonly since?: string;

      /** Only mails accepted before this time */
      readonly until?: string;
    };
    readonly answer: MailCounts;
  };

  /** Export the mails of a filter as CSV */
  'GET /v1/mails.csv': {
    readonly query: {
      /** Only the mails with these IDs, separated by commas */
      readonly id?: string;

      /** Only mails that have each of these words in the subject, an address, the name of an attachment, the reference or the name of the requester */
      readonly q?: string;

      /** Only mails with this recipient. An address, a domain with its `@`, or words of an address */
      readonly recipient?: string;

      /** Only mails from this sender. An address, a domain with its `@`, or words of an address */
      readonly sender?: string;

      /** Only mails with this text in the subject. Whole words, in this order; a word that ends with `*` is the beginning of one */
      readonly subject?: string;

      /** Only mails with this text in the name of an attachment. Whole words, in this order; a word that ends with `*` is the beginning of one */
      readonly attachment?: string;

      /** Only mails of this requester: its ID, or words of its name */
      readonly requestedBy?: string;

      /** Only the mails with this Message-ID. Its angle brackets may be absent */
      readonly messageId?: string;

      /** Only mails of this priority */
      readonly priority?: 'urgent' | 'normal' | 'bulk';

      /** Only mails with exactly this reference */
      readonly businessReference?: string;

      /** Only mails whose reference begins with this text */
      readonly businessReferencePrefix?: string;

      /** Only mails with a recipient that has this failure */
      readonly failure?: string;

      /** Only mails accepted at this time or later */
      readonly since?: string;

      /** Only mails accepted before this time */
      readonly until?: string;

      /** Only mails in one of these states, separated by commas */
      readonly state?: string;

      /** By time of acceptance: the newest first, or the oldest first */
      readonly sort?: '-acceptedAt' | 'acceptedAt';

      /** semicolon: as Excel expects it where the comma is the decimal point, as in Germany */
      readonly separator?: 'comma' | 'semicolon';
    };
    readonly answer: string;
  };

  /** Get the content of a mail */
  'GET /v1/mails/{id}/content': { readonly answer: MailContent };

  /** Get the message of a mail */
  'GET /v1/mails/{id}/raw': { readonly answer: string };

  /** Get the HTML text of a mail */
  'GET /v1/mails/{id}/html': { readonly answer: string };

  /** Get an attachment of a mail */
  'GET /v1/mails/{id}/attachments/{number}': { readonly answer: string };

  /** Get the status of a mail */
  'GET /v1/mails/{id}': { readonly answer: MailStatus };

  /** List rejected mail requests, newest first */
  'GET /v1/refused-mail-requests': {
    readonly query: {
      /** Only requests that were rejected at this time or later */
      readonly since?: string;

      /** Only requests that were rejected before this time */
      readonly until?: string;

      /** `nextCursor` of the previous page */
      readonly cursor?: string;
      readonly limit?: number;
    };
    readonly answer: RefusedRequestList;
  };

  /** List the messages in the test mailbox */
  'GET /v1/test-mailbox': { readonly answer: TestMailbox };

  /** Delete all messages in the test mailbox */
  'DELETE /v1/test-mailbox/messages': {};

  /** Make the test mailbox misbehave */
  'PUT /v1/test-mailbox/behavior': {
    readonly body: TestMailboxBehavior;
    readonly answer: TestMailboxBehavior;
  };

  /** Get a message in the test mailbox */
  'GET /v1/test-mailbox/messages/{id}': { readonly answer: TestMailboxMessage };

  /** Get a message as it was received */
  'GET /v1/test-mailbox/messages/{id}/raw': { readonly answer: string };

  /** Get the HTML text of a message */
  'GET /v1/test-mailbox/messages/{id}/html': { readonly answer: string };

  /** Get an attachment of a message in the test mailbox */
  'GET /v1/test-mailbox/messages/{id}/attachments/{number}': { readonly answer: string };
}
