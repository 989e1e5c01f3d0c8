import { open } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { FailureCode } from '@postausgang/contracts';
import { type SecurityContext, WindowsAuthenticationError } from '../security-context.ts';

/**
 * GSSAPI gives no codes through npm `kerberos`, only MIT's sentences; SSPI those of Windows, in its language. The first
 * match counts.
 */
const patterns: readonly (readonly [RegExp, FailureCode])[] = [
  [/\bclock.*skew|not yet valid/i, 'kerberos-clock-skew'],
  [/cannot (contact|find|locate) (any )?KDC|cannot resolve .* KDC|no authority/i, 'kerberos-kdc-unreachable'],
  [/^(?!.*client ').*server .*not found in kerberos database/i, 'kerberos-service-unknown'],
  [/cannot determine realm for host|target .*(unknown|unreachable)/i, 'kerberos-service-unknown'],
  [/keytab|key table/i, 'kerberos-keytab-unusable'],
  [
    /client .*not found in kerberos database|preauthentication failed|revoked|password has expired|decrypt integrity/i,
    'kerberos-identity-rejected',
  ],
  [
    /no kerberos credentials|no credentials|credentials cache|ticket expired|credentials.*expired|matching credential/i,
    'kerberos-no-ticket',
  ],
];

/** The failure behind an error of npm `kerberos`. */
export function kerberosError(error: unknown): WindowsAuthenticationError {
  if (error instanceof WindowsAuthenticationError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const found = patterns.find(([pattern]) => pattern.test(text));
  return new WindowsAuthenticationError(found?.[1] ?? 'kerberos-failed', text);
}

const mostWaiting = 20;

/**
 * Runs work that may ask a KDC, one after the other. A KDC that does not answer blocks a thread for half a minute, of the few
 * that files are read and names are looked up with; once there is a ticket, nothing here takes a millisecond.
 */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting >= mostWaiting) {
      throw new WindowsAuthenticationError('kerberos-kdc-unreachable', 'others wait for an answer already');
    }
    waiting += 1;
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn.finally(() => {
      waiting -= 1;
    });
  };
}

/** The first two bytes of every keytab: format 5, version 2 (or 1). */
const isKeytab = (bytes: Uint8Array): boolean => bytes[0] === 5 && (bytes[1] === 2 || bytes[1] === 1);

/**
 * What is wrong with a keytab, or null when it can be read. GSSAPI does not say: to it a keytab that it cannot use is one
 * that is not there.
 *
 * @param name as in KRB5_CLIENT_KTNAME: a path, maybe after `FILE:`; other kinds are not looked at
 */
async function keytabProblem(name: string): Promise<string | null> {
  const path = name.replace(/^(WR)?FILE:/, '');
  if (/^[A-Z]{2,}:/.test(path)) return null;
  try {
    const file = await open(path, 'r');
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
      return bytesRead === 2 && isKeytab(buffer) ? null : `${path} is not a keytab`;
    } finally {
      await file.close();
    }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    return `${path} cannot be read (${code})`;
  }
}

/** A client of npm `kerberos`: GSSAPI on Linux and macOS, SSPI on Windows. Tokens are base64. */
interface KerberosClient {
  readonly contextComplete: boolean;
  step(challenge: string): Promise<string | null>;
  unwrap(challenge: string): Promise<string | null>;
  wrap(challenge: string): Promise<string | null>;
}

/** What is used of npm `kerberos`. Its own types cannot be imported: the package may be missing. */
export interface KerberosLibrary {
  readonly GSS_C_MUTUAL_FLAG: number;
  readonly GSS_C_SEQUENCE_FLAG: number;
  readonly GSS_MECH_OID_KRB5: number;
  readonly GSS_MECH_OID_SPNEGO: number;
  initializeClient(
    service: string,
    options: { readonly flags: number; readonly mechOID: number },
  ): Promise<KerberosClient>;
}

/**
 * The native module, loaded when it is first needed: a machine without Kerberos does without.
 *
 * @throws WindowsAuthenticationError `kerberos-unavailable`
 */
function loadKerberos(): KerberosLibrary {
  const require = createRequire(import.meta.url);
  try {
    return require('kerberos');
  } catch (error) {
    throw new WindowsAuthenticationError('kerberos-unavailable', firstLine(error));
  }
}

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '';

/** Kerberos with the identity of this process: a keytab or a credential cache; on Windows the account it runs as. */
export interface KerberosContext extends SecurityContext {
  /**
   * The answer to a server's offer of security layers (RFC 4752 section 3.1): none, since TLS is there.
   *
   * @throws WindowsAuthenticationError when the server insists on one
   */
  declineSecurityLayer(offer: Uint8Array): Promise<Uint8Array>;
}

interface KerberosContextOptions {
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
          client = await (opening ??= openContext(library, options));
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

function openContext(library: KerberosLibrary, { servicePrincipal, token }: KerberosContextOptions) {
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
