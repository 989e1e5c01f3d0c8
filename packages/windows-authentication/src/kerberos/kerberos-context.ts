import type { SecurityContext } from '../security-context.ts';
import { WindowsAuthenticationError } from '../windows-authentication-error.ts';
import { kerberosError } from './classify-kerberos.ts';
import { createTurns } from './in-turn.ts';
import { keytabProblem } from './keytab-problem.ts';
import { type KerberosClient, type KerberosLibrary, loadKerberos } from './load-kerberos.ts';

/** Kerberos with the identity of this process: a keytab or a credential cache; on Windows the account it runs as. */
export interface KerberosContext extends SecurityContext {
  /**
   * The answer to a server's offer of security layers (RFC 4752 section 3.1): none, since TLS is there.
   *
   * @throws WindowsAuthenticationError when the server insists on one
   */
  declineSecurityLayer(offer: Uint8Array): Promise<Uint8Array>;
}

export interface KerberosContextOptions {
  /** `service/host`, e.g. `SMTPSVC/mail.acme.example`. */
  readonly servicePrincipal: string;
  /** The token as it is, or wrapped in SPNEGO as HTTP Negotiate and GSS-SPNEGO want it. */
  readonly token: 'kerberos' | 'spnego';
  /** The keytab the environment names, to tell what is wrong with it; the environment itself is GSSAPI's to read. */
  readonly keytab?: string | undefined;
  /** npm `kerberos` unless given. */
  readonly load?: () => KerberosLibrary;
}

/** No security layer, no buffer, no other identity to act for. */
const noSecurityLayer = Buffer.from([1, 0, 0, 0]);

/** For all contexts: there is one pool of threads. */
const inTurn = createTurns();

/**
 * The server has to prove itself too (mutual authentication). There is no channel binding: npm `kerberos` cannot hand one
 * over.
 *
 * @throws WindowsAuthenticationError `kerberos-unavailable`; whatever else is wrong shows at the first step
 */
export function createKerberosContext(options: KerberosContextOptions): KerberosContext {
  const library = (options.load ?? loadKerberos)();
  let opening: Promise<KerberosClient> | undefined;
  let client: KerberosClient | undefined;
  return {
    protocol: 'Kerberos',
    isComplete: () => client?.contextComplete === true,
    async step(token) {
      try {
        const answer = await inTurn(async () => {
          client = await (opening ??= open(library, options));
          return client.step(toBase64(token));
        });
        return fromBase64(answer);
      } catch (error) {
        throw await explained(kerberosError(error), options.keytab);
      }
    },
    async declineSecurityLayer(offer) {
      const opened = client;
      if (opened === undefined) throw new WindowsAuthenticationError('kerberos-failed', 'no context');
      const layers = await ask(() => opened.unwrap(toBase64(offer)));
      if (layers.length !== 4 || ((layers[0] ?? 0) & 1) === 0) {
        throw new WindowsAuthenticationError('kerberos-failed', 'the server insists on a security layer');
      }
      return ask(() => opened.wrap(noSecurityLayer.toString('base64')));
    },
  };
}

function open(library: KerberosLibrary, { servicePrincipal, token }: KerberosContextOptions) {
  const flags = library.GSS_C_MUTUAL_FLAG | library.GSS_C_SEQUENCE_FLAG;
  const mechOID = token === 'spnego' ? library.GSS_MECH_OID_SPNEGO : library.GSS_MECH_OID_KRB5;
  return library.initializeClient(targetName(servicePrincipal, process.platform), { flags, mechOID });
}

/** SSPI takes the principal's name, GSSAPI a host-based service. */
function targetName(servicePrincipal: string, platform: string): string {
  return platform === 'win32' ? servicePrincipal : servicePrincipal.replace('/', '@');
}

async function ask(work: () => Promise<string | null>): Promise<Buffer> {
  try {
    return fromBase64(await work());
  } catch (error) {
    throw kerberosError(error);
  }
}

/** No ticket, because the keytab is none. */
async function explained(
  error: WindowsAuthenticationError,
  keytab: string | undefined,
): Promise<WindowsAuthenticationError> {
  if (error.code !== 'kerberos-no-ticket' || !keytab) return error;
  const problem = await keytabProblem(keytab);
  return problem === null ? error : new WindowsAuthenticationError('kerberos-keytab-unusable', problem);
}

const fromBase64 = (token: string | null): Buffer => Buffer.from(token ?? '', 'base64');

const toBase64 = (token: Uint8Array | null): string => Buffer.from(token ?? []).toString('base64');
