import { type Failure, failure, type FailureCode } from '@postausgang/contracts';
import { endPointBindingOf, within } from '@postausgang/net';
import { revealSecret } from '@postausgang/credentials';
import {
  createKerberosContext,
  createNtlmContext,
  type KerberosContext,
  type NtlmContext,
} from '@postausgang/windows-authentication';
import type { SmtpSession } from '../session.ts';
import { exchangeSasl, type SaslMechanism, type SignIn, signInFailure, whatIsOffered } from './sasl.ts';
import type { WindowsCredentials } from './sign-in.ts';

const kerberosMechanisms = ['GSSAPI', 'GSS-SPNEGO'] as const;
type KerberosMechanism = (typeof kerberosMechanisms)[number];

/**
 * GSSAPI (RFC 4752) and GSS-SPNEGO. AUTH goes out bare, since a ticket does not fit into a command of 512 octets; what the
 * server says to that is no token (Exchange sends a sentence). Once the context stands, a further challenge offers security
 * layers; Exchange leaves that out.
 *
 * @param first the token that was made to see whether there is a ticket
 */
function kerberosMechanism(
  name: KerberosMechanism,
  context: KerberosContext,
  first: Uint8Array,
): SaslMechanism {
  let hasBegun = false;
  return {
    name,
    description: `${name} (Kerberos)`,
    secrets: [],
    isComplete: () => context.isComplete(),
    refusal: ticketRefusal,
    respond(challenge) {
      if (!hasBegun) {
        hasBegun = true;
        return first;
      }
      return context.isComplete() ? context.declineSecurityLayer(challenge) : context.step(challenge);
    },
  };
}

/** NTLM (MS-SMTPNTLM): AUTH goes out bare, then the three messages. */
function ntlmMechanism(context: NtlmContext, password: string): SaslMechanism {
  let hasBegun = false;
  return {
    name: 'NTLM',
    get description() {
      return `NTLM (${[context.protocol, ...context.protections()].join(', ')})`;
    },
    secrets: [password, Buffer.from(password).toString('base64')],
    isComplete: () => context.isComplete(),
    refusal: (reply) => (speaksOfBindings(reply) ? 'channel-binding-rejected' : 'credentials-rejected'),
    respond(challenge) {
      const token = hasBegun ? challenge : null;
      hasBegun = true;
      return context.step(token);
    },
  };
}

function ticketRefusal(reply: string): FailureCode {
  if (speaksOfBindings(reply)) return 'channel-binding-rejected';
  return /clock skew|time.?skew/i.test(reply) ? 'kerberos-clock-skew' : 'kerberos-ticket-rejected';
}

const speaksOfBindings = (reply: string): boolean => /channel.?binding|bad.?bindings|80090346/i.test(reply);

type NtlmUser = NonNullable<WindowsCredentials['user']>;

/**
 * Kerberos where the server offers it; NTLM where that is set, or where it may stand in: the server offers no Kerberos, or
 * there is no ticket to be had. A ticket that the server refuses is not followed by NTLM.
 */
export async function signInWithWindows(
  session: SmtpSession,
  credentials: WindowsCredentials,
): Promise<SignIn> {
  const { mechanism, user } = credentials;
  const offered = session.offer.saslMechanisms;
  const ntlmUser = mechanism !== 'kerberos' && offered.includes('NTLM') ? user : null;
  const kerberos =
    mechanism === 'ntlm' ? undefined : kerberosMechanisms.find((name) => offered.includes(name));
  if (kerberos !== undefined) {
    const ticket = await obtainTicket(session, kerberos, credentials);
    if (ticket.ok) return exchangeSasl(session, kerberosMechanism(kerberos, ticket.context, ticket.first));
    if (ntlmUser === null) return { ok: false, failure: ticket.failure, reply: null };
  }
  if (ntlmUser !== null) return signInWithNtlm(session, credentials, ntlmUser);
  return { ok: false, failure: failure('windows-sign-in-not-offered', whatIsOffered(offered)), reply: null };
}

type Ticket =
  | { readonly ok: true; readonly context: KerberosContext; readonly first: Uint8Array }
  | { readonly ok: false; readonly failure: Failure };

/** Before AUTH is sent: without a ticket there is nothing to begin. */
async function obtainTicket(
  { replyTimeoutMs }: SmtpSession,
  name: KerberosMechanism,
  { servicePrincipal, keytab }: WindowsCredentials,
): Promise<Ticket> {
  const token = name === 'GSSAPI' ? 'kerberos' : 'spnego';
  try {
    const context = createKerberosContext({ servicePrincipal, token, keytab });
    return { ok: true, context, first: await within(replyTimeoutMs, context.step(null)) };
  } catch (error) {
    const found = signInFailure(error);
    return {
      ok: false,
      failure: found.code === 'timeout' ? failure('kerberos-kdc-unreachable', found.detail) : found,
    };
  }
}

function signInWithNtlm(
  session: SmtpSession,
  { servicePrincipal }: WindowsCredentials,
  { username, password: secret }: NtlmUser,
): Promise<SignIn> {
  const password = revealSecret(secret);
  const context = createNtlmContext({
    username,
    password,
    servicePrincipal,
    channelBinding: endPointBindingOf(session.socket),
    // Over TLS the certificate was verified, always.
    acceptOldServer: session.tls !== null,
    now: () => new Date(),
  });
  return exchangeSasl(session, ntlmMechanism(context, password));
}
