import { createGssAcceptor } from './gss-acceptor.ts';
import type { Kdc } from './kdc.ts';

/** What a web server on localhost does with the tokens of `Negotiate`. */
export interface NegotiateAcceptor {
  /** Takes the first token of a sign-in and gives the server's own; undefined: not signed in. */
  readonly accept: (token: Buffer) => Promise<Buffer | undefined>;
  /** Who signed in, one each; undefined where nobody did. */
  readonly users: readonly (string | undefined)[];
}

/** Makes this process a member of the realm, with the key of `HTTP/localhost`: one realm a process. */
export async function createNegotiateAcceptor(kdc: Kdc): Promise<NegotiateAcceptor> {
  const KRB5_KTNAME = await kdc.keytab('web', 'HTTP/localhost');
  Object.assign(process.env, kdc.environment, { KRB5_KTNAME });
  const users: (string | undefined)[] = [];
  return {
    users,
    async accept(token) {
      const acceptor = await createGssAcceptor('HTTP@localhost');
      const answer = await acceptor.accept(token).catch(() => undefined);
      users.push(acceptor.user());
      return answer === undefined ? undefined : Buffer.from(answer);
    },
  };
}
