import { createRequire } from 'node:module';

/** The server's side of one sign-in by Kerberos or SPNEGO; tokens as they are. */
export type GssAcceptor = {
  /** The token to send back; empty when there is none. Throws when the client's is not accepted. */
  accept: (token: Uint8Array) => Promise<Uint8Array>;
  /** Who signed in; undefined until then. */
  user: () => string | undefined;
};

interface Server {
  readonly contextComplete: boolean;
  readonly username: string;
  readonly response: string | null;
  step(token: string): Promise<unknown>;
}

/**
 * An acceptor for a service such as `HTTP@mail.test`, whose key lies in the keytab that KRB5_KTNAME of this process names.
 * Any number can be used at once, for example one for each connection of an HTTP server with `Negotiate`.
 */
export async function createGssAcceptor(service: string): Promise<GssAcceptor> {
  const library: { initializeServer: (name: string) => Promise<Server> } = createRequire(import.meta.url)(
    'kerberos',
  );
  const server = await library.initializeServer(service);
  return {
    async accept(token) {
      await server.step(Buffer.from(token).toString('base64'));
      return Buffer.from(server.response ?? '', 'base64');
    },
    user: () => (server.contextComplete ? server.username : undefined),
  };
}
