/*
 * Grants: who has allowed the service to prove an identity where.
 *
 * A password is sealed for its destination, so nobody can send it elsewhere. Other identities are not entered where they
 * are used: a certificate of the store signs in wherever a connection names it, and a Kerberos identity belongs to the
 * machine. What would be derived from them, an access token, a ticket, a signature, has to be bound in the same way.
 *
 * - A grant is the digest of identity and destination. It counts for exactly the settings with this digest.
 * - Somebody with the scope `secrets:write` gives it by naming the identity in a request (the certificate, or the way to
 *   sign in), as a password is entered; the request says what for. A grant that counts goes along with every other
 *   change by such a person. One that does not count stays so, whoever changes what: a destination that somebody else
 *   has slipped in is not granted by a change of something else.
 * - Settings that were saved before there were grants keep working for exactly what they say.
 */
import {
  finding,
  type Finding,
  type FindingCode,
  type IdentityGrant,
  type PlacedField,
} from '@postausgang/contracts';
import { memberOf, read, type Values } from './field-values.ts';
import { isServicePrincipal, plainHost } from './formats.ts';
import { type Destination, destinationDigest } from './secret-binding.ts';

/** Host names in lower case, without a final dot: where the operator lets the service sign in as itself. */
export type IdentityHosts = ReadonlySet<string>;

/** An identity that content would prove, and where. */
export interface Identity {
  /** The fields that name it. A finding is told of the first. */
  readonly namedBy: readonly [string, ...string[]];
  /** Whatever decides who receives the proof, and what it is good for. */
  readonly destination: Destination;
}

/** The identity that content would prove; null when there is none, or one that the operator allows there anyway. */
export type IdentityOf<Content> = (content: Content, hosts: IdentityHosts) => Identity | null;

/** By the pointer of the grant. */
export type GrantRules = Readonly<Record<string, IdentityOf<Values>>>;

const noHosts: IdentityHosts = new Set();

function isFor(grant: unknown, { destination }: Identity): boolean {
  return memberOf(grant, 'destination') === destinationDigest(destination);
}

/** Why an identity must not be proven. */
export type IdentityProblem = 'grant-required' | 'service-principal-foreign' | 'settings-invalid';

const problems: Partial<Record<FindingCode, IdentityProblem>> = {
  'grant-required': 'grant-required',
  'service-principal-foreign': 'service-principal-foreign',
  'service-principal-invalid': 'settings-invalid',
};

/** The problem among the findings of content; undefined when they say nothing against its identities. */
export function identityProblem(findings: readonly Finding[]): IdentityProblem | undefined {
  return findings.map(({ code }) => problems[code]).find((problem) => problem !== undefined);
}

/**
 * The service that a ticket is asked for has to be the one at the other end: of its class, at the host of the connection.
 * A host that goes by several names has to be listed by the operator.
 */
export function servicePrincipalFindings(
  pointer: string,
  principal: string | null,
  { classes, hostname }: { readonly classes: readonly string[]; readonly hostname: string },
  hosts: IdentityHosts,
): readonly Finding[] {
  // Another form is found by the format.
  if (principal === null || !isServicePrincipal(principal)) return [];
  const [service = '', host = ''] = principal.toLowerCase().split('/');
  if (!classes.includes(service)) return [finding(pointer, 'service-principal-invalid')];
  const isSame = plainHost(host) === plainHost(hostname) || hosts.has(plainHost(host));
  return isSame ? [] : [finding(pointer, 'service-principal-foreign')];
}

/** A finding where a grant is needed and there is none that counts. */
export function grantFindings(
  grants: GrantRules,
  field: PlacedField,
  content: Values,
  hosts: IdentityHosts,
): readonly Finding[] {
  const identity = grants[field.pointer]?.(content, hosts) ?? null;
  if (identity === null || isFor(read(content, field), identity)) return [];
  return [finding(identity.namedBy[0], 'grant-required')];
}

/** The grants of content that never had any: what was saved may go on. */
export function earlierGrants(grants: GrantRules, stored: Values, whole: Values) {
  return (field: PlacedField): IdentityGrant | undefined => {
    const identity = grants[field.pointer]?.(whole, noHosts) ?? null;
    if (read(stored, field) !== undefined || identity === null) return undefined;
    return { grantedAt: null, destination: destinationDigest(identity.destination) };
  };
}

/** What is known when a request is decided. */
export interface Granting<Content> {
  readonly body: object;
  /** What was saved; null before the creation. */
  readonly before: Content;
  /** RFC 3339; null: who asks may not give grants. */
  readonly grantedAt: string | null;
}

/** The grants that a request gives; undefined where it gives none. */
export function givenGrants(
  grants: GrantRules,
  fields: readonly PlacedField[],
  content: Values,
  { body, before, grantedAt }: Granting<Values | null>,
) {
  return (field: PlacedField): IdentityGrant | undefined => {
    const identityOf = grants[field.pointer];
    const identity = identityOf?.(content, noHosts) ?? null;
    if (grantedAt === null || identity === null || isFor(read(content, field), identity)) return undefined;
    const earlier = before === null ? null : (identityOf?.(before, noHosts) ?? null);
    const counted = earlier !== null && isFor(read(before, field), earlier);
    const isNamed = fields.some(
      (one) => identity.namedBy.includes(one.pointer) && (read(body, one) ?? null) !== null,
    );
    return counted || isNamed
      ? { grantedAt, destination: destinationDigest(identity.destination) }
      : undefined;
  };
}
