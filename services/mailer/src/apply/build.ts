import {
  type Failure,
  failure,
  type Finding,
  type FindingCode,
  type OutgoingServerContent,
  type ServerType,
} from '@postausgang/contracts';
import {
  certificateFingerprints,
  type ExchangeKeys,
  type Opener,
  openExchangeKeys,
  openPassword,
  openTlsRules,
  usedSecret,
} from '@postausgang/credentials';
import type { Transport } from '@postausgang/mail';
import { within } from '@postausgang/net';
import {
  effectiveLimits,
  type IdentityHosts,
  noReferences,
  type References,
  storedSecret,
  validateConnection,
  validateContent,
} from '@postausgang/settings';
import { mostConnections } from '../limits/connections.ts';
import type { TestMailbox } from '../test-mailbox/test-mailbox.ts';
import { describeExchange, type ExchangeDescription } from '../transports/exchange/describe.ts';
import type { ExchangeOptions, OpenedExchange } from '../transports/exchange/open.ts';
import { describeSmtp } from '../transports/smtp/open-session.ts';
import { openSmtpTransport, type SmtpTransportOptions } from '../transports/smtp/transport.ts';
import type { BuildResult } from './applier.ts';
import type { ServerVersion } from './follow-settings.ts';

type Opened =
  { readonly ok: true; readonly transport: Transport } | { readonly ok: false; readonly failure: Failure };

/** A server that accepts a connection and then says nothing must not keep the receipt waiting for an hour. */
const openingTimeMs = 60_000;

/** What came of opening a transport. What a server says may change by itself, so building is tried again. */
async function openWithin(opening: Promise<Opened>): Promise<BuildResult> {
  const result = await within(openingTimeMs, opening, () => undefined);
  if (result === undefined) {
    void opening.then((late) => (late.ok ? late.transport.close() : undefined));
    return { ok: false, failure: failure('connection-timeout'), retry: true };
  }
  return result.ok ? result : { ok: false, failure: result.failure, retry: true };
}

/** Nothing but another change of the settings helps. */
function notBuilt(why: Failure): BuildResult {
  return { ok: false, failure: why, retry: false };
}

/** What a transport needs beside the settings. */
export interface BuildOptions {
  readonly opener: Opener;
  /** Where the operator lets the mailer sign in as itself. */
  readonly identityHosts: IdentityHosts;
  readonly smtp: Omit<SmtpTransportOptions, 'description' | 'password'> & { readonly maxConnections: number };
  readonly exchange: ExchangeOptions;
  /** Undefined: this mailer has none. */
  readonly testMailbox?: TestMailbox | undefined;
}

/** How the transports of one server type are told apart and built. */
interface TransportKind {
  /** What identifies the transport: how to connect, and the sealed secrets. Equal text needs no rebuild. */
  readonly fingerprint: (version: ServerVersion) => unknown;
  /** Up to the first authenticated connection. */
  readonly build: (options: BuildOptions, version: ServerVersion) => Promise<BuildResult>;
}

type TransportKinds = Readonly<Record<ServerType, TransportKind>>;

/** Mail by an Exchange connection, in the protocol that the connection names. */
const exchangeKind: TransportKind = {
  fingerprint: ({ content, connection, certificates }) => {
    if (connection === undefined) return null;
    const pointer = usedSecret(connection.content);
    const stored = pointer === undefined ? null : storedSecret(pointer, connection.content);
    const { clientCertificateId, trustedCertificateId } = connection.content;
    const fingerprints = certificateFingerprints(certificates, clientCertificateId, trustedCertificateId);
    return [
      connection.resource,
      describeExchange(connection.content, content),
      stored?.sealed ?? null,
      connection.content.identityGrant?.destination ?? null,
      fingerprints,
    ];
  },
  async build({ opener, identityHosts, exchange, smtp }, { content, connection, certificates }) {
    if (connection === undefined) return notBuilt(failure('settings-invalid', 'no Exchange connection'));
    const opened = await openExchangeKeys(opener, connection, certificates ?? new Map(), identityHosts);
    if (!opened.ok) return notBuilt(opened.failure);
    const description = describeExchange(connection.content, content);
    if (description === null) return notBuilt(failure('settings-invalid', 'the Exchange connection'));
    return openWithin(openExchange({ exchange, smtp }, description, opened.keys));
  },
};

/** The clients are loaded only where there is a connection: many an installation has none. */
async function openExchange(
  { exchange, smtp }: Pick<BuildOptions, 'exchange' | 'smtp'>,
  description: ExchangeDescription,
  keys: ExchangeKeys,
): Promise<OpenedExchange> {
  if (description.protocol === 'smtp-oauth') {
    const { openSmtpOAuth } = await import('../transports/exchange/smtp-oauth.ts');
    return openSmtpOAuth(exchange, smtp, description, keys);
  }
  const { openExchangeTransport } = await import('../transports/exchange/open.ts');
  return openExchangeTransport(exchange, description, keys);
}

/** Mail by SMTP. */
const smtpKind: TransportKind = {
  fingerprint: ({ content, certificates }) => [
    describeSmtp(content),
    content.smtp.password?.sealed ?? null,
    content.smtp.identityGrant?.destination ?? null,
    certificateFingerprints(
      certificates,
      content.smtp.clientCertificateId,
      content.smtp.trustedCertificateId,
    ),
  ],
  async build({ opener, identityHosts, smtp }, { resource, content, certificates }) {
    const opened = await openPassword(opener, resource, content);
    if (!opened.ok) return notBuilt(failure(opened.code));
    const description = describeSmtp(content);
    if (description === null) return notBuilt(failure('settings-invalid'));
    const rules = await openTlsRules(opener, content, certificates ?? new Map(), identityHosts);
    if (!rules.ok) return notBuilt(failure(rules.code, 'the identity or the certificate of the connection'));
    const tls = rules.value;
    return openWithin(openSmtpTransport({ ...smtp, description, password: opened.password, tls }));
  },
};

/** Mail into the test mailbox of this process. */
const testMailboxKind: TransportKind = {
  fingerprint: ({ content }) => content.timeoutSeconds,
  async build({ smtp, testMailbox }, { content }) {
    if (testMailbox === undefined) return notBuilt(failure('settings-invalid', 'no test mailbox'));
    const { description, ...access } = await testMailbox.access();
    const described = { ...description, timeoutSeconds: content.timeoutSeconds };
    return openWithin(openSmtpTransport({ ...smtp, ...access, description: described }));
  },
};

const kinds: TransportKinds = { smtp: smtpKind, exchange: exchangeKind, 'test-mailbox': testMailboxKind };

/** What identifies the transport of a version: how to connect, how often at once, and the sealed secrets. */
export function transportFingerprint(version: ServerVersion): string {
  const { serverType } = version.content;
  const { maxConnections } = effectiveLimits(version.content);
  return JSON.stringify([serverType, maxConnections, kinds[serverType].fingerprint(version)]);
}

const toldOtherwise: ReadonlySet<FindingCode> = new Set([
  'secret-required',
  'grant-required',
  'service-principal-foreign',
  'scope-foreign',
]);

/**
 * Builds the transport of a version, up to the first authenticated connection. What nobody can have saved over the API
 * may still stand in the log. That a secret or an identity is for elsewhere is told by the one who opens it, and a scope
 * that was saved before scopes were judged is the one that secret or certificate are bound to.
 */
export async function buildTransport(
  options: BuildOptions,
  version: ServerVersion,
  isRetry = false,
): Promise<BuildResult> {
  const findings = findingsOf(version).filter(({ code }) => !toldOtherwise.has(code));
  if (findings.length > 0) {
    const detail = findings.map(({ pointer, code }) => `${pointer}: ${code}`).join(', ');
    return notBuilt(failure('settings-invalid', detail));
  }
  const smtp = { ...options.smtp, isAsked: !isRetry };
  const exchange = { ...options.exchange, isAsked: !isRetry };
  return openTransport({ ...options, smtp, exchange }, version);
}

/** The same for a content that need not be valid as a whole: what it lacks is told by what needs it. */
export function openTransport(options: BuildOptions, version: ServerVersion): Promise<BuildResult> {
  return kinds[version.content.serverType].build(withinLimits(options, version.content), version);
}

/** Exchange says how much it takes at one time, and it is little. */
const exchangeByThemselves = 5;

/** No mailer may have more connections than all of them together. */
function withinLimits(
  { smtp, exchange, ...options }: BuildOptions,
  content: OutgoingServerContent,
): BuildOptions {
  const { maxConnections: ofExchange } = exchange;
  return {
    ...options,
    smtp: { ...smtp, maxConnections: mostConnections(content, smtp.maxConnections) },
    exchange: { ...exchange, maxConnections: mostConnections(content, ofExchange, exchangeByThemselves) },
  };
}

function findingsOf({ content, connection, certificates }: ServerVersion): readonly Finding[] {
  return [
    ...validateContent(content, referencesTo(connection, certificates)),
    ...(connection === undefined
      ? []
      : validateConnection(connection.content, referencesTo(connection, certificates))),
  ];
}

// Validity does not count: what has expired is told by the server, or by the mail that is to be signed.
function referencesTo(
  connection: ServerVersion['connection'],
  certificates: ServerVersion['certificates'],
): References {
  return {
    ...noReferences,
    exchangeConnection: () => connection?.content,
    certificate: (id) => certificates?.get(id)?.content,
  };
}
