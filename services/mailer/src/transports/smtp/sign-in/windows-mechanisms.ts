import type { FailureCode } from '@postausgang/contracts';
import type { KerberosContext, NtlmContext } from '@postausgang/windows-authentication';
import type { SaslMechanism } from './sasl-mechanism.ts';

export const kerberosMechanisms = ['GSSAPI', 'GSS-SPNEGO'] as const;
export type KerberosMechanism = (typeof kerberosMechanisms)[number];

/**
 * GSSAPI (RFC 4752) and GSS-SPNEGO. AUTH goes out bare, since a ticket does not fit into a command of 512 octets; what the
 * server says to that is no token (Exchange sends a sentence). Once the context stands, a further challenge offers security
 * layers; Exchange leaves that out.
 *
 * @param first the token that was made to see whether there is a ticket
 */
export function kerberosMechanism(
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
export function ntlmMechanism(context: NtlmContext, password: string): SaslMechanism {
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
