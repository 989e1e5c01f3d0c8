import {
  type Encryption,
  finding,
  type Finding,
  type LimitPreset,
  type Limits,
  type OnUnknown,
  type OutgoingServerContent,
  outgoingServerFields,
  type OutgoingServerPatch,
  type OutgoingServerPut,
  type OutgoingServerVersion,
  type SmtpContent,
} from '@postausgang/contracts';
import { createFieldKind } from './field-kind.ts';
import { isCertified, plainHost } from './formats.ts';
import {
  type Identity,
  type IdentityHosts,
  type IdentityProblem,
  identityProblem,
  servicePrincipalFindings,
} from './identity-grants.ts';
import { noReferences, type References } from './references.ts';
import { type ResourceChange, type ResourceKind, type ResourceState, versionAt } from './resource.ts';
import { type Destination, destinationDigest, type SecretBinding } from './secret-binding.ts';

const server = createFieldKind({
  prefix: 'outgoing-servers/',
  table: outgoingServerFields,
  judgesUnused: false,
  destinationOf: (_pointer, { smtp }) => smtpDestination(smtp),
  grants: { '/smtp/identityGrant': smtpIdentity },
  checks: {
    '/serverType': ({ serverType }, { hasTestMailbox }) =>
      serverType === 'test-mailbox' && !hasTestMailbox
        ? [finding('/serverType', 'test-mailbox-unavailable')]
        : [],
    '/smtp/encryption': ({ smtp: { authentication, encryption } }) =>
      authentication === 'external' && encryption === 'none'
        ? [finding('/smtp/encryption', 'external-without-encryption')]
        : [],
    '/smtp/servicePrincipal': ({ smtp }, { identityHosts }) =>
      servicePrincipalFindings(
        '/smtp/servicePrincipal',
        smtp.servicePrincipal,
        { classes: ['smtpsvc', 'smtp'], hostname: smtp.hostname ?? '' },
        identityHosts,
      ),
    '/smime/certificateId': ({ smime: { sign, certificateId }, senderAddress }, references) => {
      const addresses = references.certificate(certificateId ?? '')?.details?.addresses ?? [];
      return sign && senderAddress !== null && !isCertified(senderAddress.address, addresses)
        ? [finding('/smime/certificateId', 'certificate-address-mismatch')]
        : [];
    },
  },
});

/** What an outgoing server holds that was never saved, and what a field takes that is reset. */
export const defaultContent = server.defaults;

/** The content of an event, old ones included. See `FieldKind`. */
export const completeContent = server.complete;

/** Everything that keeps the content from being used, whether sending is on or not. See `FieldKind`. */
export const validateContent = server.validate;

/** Outgoing servers: they always exist, so they are neither created nor deleted. */
export const outgoingServerKind: ResourceKind<OutgoingServerContent, OutgoingServerPut, OutgoingServerPatch> =
  {
    ...server,
    initialContent: defaultContent,
    initialFor: server.earlierDefaults,
    isJudged: ({ enabled }) => enabled,
  };

/** An outgoing server: its current content and everything it ever was. */
export type OutgoingServerState = ResourceState<OutgoingServerContent>;

const defaultPorts: Readonly<Record<Encryption, number>> = { none: 25, starttls: 587, implicit: 465 };

/** The port, or the usual one of the encryption. */
export function effectivePort({ port, encryption }: SmtpContent): number {
  return port ?? defaultPorts[encryption];
}

/**
 * Where a password may be sent: whatever decides who receives it and how. With any of it changed the stored
 * password has to be entered again.
 */
export function smtpDestination(smtp: SmtpContent): Destination {
  const isNtlm = smtp.authentication === 'windows' && smtp.windowsMechanism === 'ntlm';
  return {
    kind: 'smtp',
    host: plainHost(smtp.hostname ?? ''),
    port: effectivePort(smtp),
    encryption: smtp.encryption,
    trust: smtp.trustedCertificateId ?? 'system',
    mechanism: isNtlm ? 'windows-ntlm' : smtp.authentication,
  };
}

/** The service to ask a ticket for: the one that was entered, or the usual one. */
export function smtpServicePrincipal({ servicePrincipal, hostname }: SmtpContent): string {
  return servicePrincipal ?? `SMTPSVC/${plainHost(hostname ?? '')}`;
}

/**
 * What the service proves itself with besides a password: a client certificate, or its own Kerberos identity. It does not
 * matter whether the half of the content is in use: what is in it unused has to be granted too.
 */
function smtpIdentity({ smtp }: OutgoingServerContent, hosts: IdentityHosts): Identity | null {
  const { clientCertificateId: certificate, authentication, windowsMechanism, hostname } = smtp;
  if (!hostname) return null;
  const isKerberos = authentication === 'windows' && windowsMechanism !== 'ntlm';
  if (certificate === null && !(isKerberos && !hosts.has(plainHost(hostname)))) return null;
  const { mechanism: _mechanism, ...server } = smtpDestination(smtp);
  return {
    namedBy:
      certificate === null
        ? ['/smtp/authentication', '/smtp/windowsMechanism']
        : ['/smtp/clientCertificateId'],
    destination: {
      ...server,
      kind: 'smtp-identity',
      certificate,
      servicePrincipal: isKerberos ? smtpServicePrincipal(smtp) : null,
      // A certificate for the connection alone proves less.
      ...(authentication === 'external' ? { actsAs: smtp.authorizationIdentity ?? '' } : {}),
    },
  };
}

/** Why the identities of the settings must not be proven; undefined when they may, or there are none. */
export function smtpIdentityProblem(
  content: OutgoingServerContent,
  identityHosts: IdentityHosts,
): IdentityProblem | undefined {
  return identityProblem(server.validate(content, { ...noReferences, identityHosts }));
}

/** What the password of these settings has to be sealed for, and what it opens for. */
export function smtpPasswordBinding(resource: string, smtp: SmtpContent): SecretBinding {
  return { resource, field: '/smtp/password', destination: destinationDigest(smtpDestination(smtp)) };
}

/**
 * Whether a stored password is for signing in with these settings. What Windows authentication can do without is left
 * alone unless it was entered for exactly that: a password that stayed behind from another way to sign in never is.
 */
export function usesPassword(smtp: SmtpContent): boolean {
  if (smtp.authentication !== 'windows') return smtp.authentication === 'password';
  switch (smtp.windowsMechanism) {
    case 'ntlm':
      return true;
    case 'kerberos':
      return false;
    case 'negotiate':
      return Boolean(smtp.username?.trim()) && isPasswordForHere(smtp);
    default:
      return smtp.windowsMechanism satisfies never;
  }
}

function isPasswordForHere(smtp: SmtpContent): boolean {
  return smtp.password?.sealed.destination === destinationDigest(smtpDestination(smtp));
}

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
    maxConnections: usable(limits.maxConnections) ?? preset.maxConnections,
    mailsPerMinute: usable(limits.mailsPerMinute) ?? preset.mailsPerMinute,
    recipientsPerDay: usable(limits.recipientsPerDay) ?? preset.recipientsPerDay,
  };
}

/** While sending is off, the settings may hold any number. */
function usable(limit: number | null): number | null {
  return limit !== null && Number.isSafeInteger(limit) && limit >= 1 ? limit : null;
}

/** A version as it was, 0 included; undefined when there is no such version. */
export function versionView(
  state: OutgoingServerState,
  version: number,
  references: References = noReferences,
): OutgoingServerVersion | undefined {
  const at = versionAt(outgoingServerKind, state, version);
  if (at === undefined) return undefined;
  return { change: at.shown, settings: versionedView(state.resource, at.content, at.change, references) };
}

/** It is allowed, and how it was before there were policies. */
function policyWarnings({ fromPolicy }: OutgoingServerContent): readonly Finding[] {
  return fromPolicy.kind === 'any' ? [finding('/fromPolicy/kind', 'from-policy-any')] : [];
}

/**
 * The settings of one version. `warnings` are its findings by today's rules; while sending is on there are some only
 * if somebody wrote to the log past the API, or the rules have become stricter since.
 */
function versionedView(
  resource: string,
  content: OutgoingServerContent,
  change: ResourceChange<OutgoingServerContent> | null,
  references: References,
): OutgoingServerVersion['settings'] {
  const { smtp, ...fields } = server.viewOf(content);
  return {
    id: resource.slice(server.prefix.length),
    version: change?.version ?? 0,
    ...fields,
    smtp: { ...smtp, effectivePort: effectivePort(content.smtp) },
    warnings: [...validateContent(content, references), ...policyWarnings(content)],
    updatedAt: change?.changedAt ?? null,
    updatedBy: change?.actor.name ?? null,
  };
}
