import { lookup } from 'node:dns/promises';
import { connect, isIP, type Socket } from 'node:net';
import { connect as connectSecurely, type TLSSocket } from 'node:tls';
import { type Failure, failure } from '@postausgang/contracts';
import {
  asSmtpError,
  connectFailure,
  lookupFailure,
  smtpError,
  type SmtpError,
  withChain,
  withRefusedClient,
} from './failures.ts';
import type { DestinationGuard } from './guard.ts';
import { leavesOutIssuer, observeCertificate, type StageObserver, type TlsSettings } from './tls.ts';

type TlsConnection =
  { readonly ok: true; readonly socket: TLSSocket } | { readonly ok: false; readonly error: SmtpError };

/** Implicit TLS: the handshake comes before the greeting. */
export function connectTls(
  plain: Socket,
  settings: TlsSettings,
  timeoutMs: number,
  observer?: StageObserver,
): Promise<TlsConnection> {
  const { promise, resolve } = Promise.withResolvers<TlsConnection>();
  const socket = connectSecurely({ ...settings, socket: plain });
  if (observer !== undefined) observeCertificate(socket, observer);
  // A socket whose certificate was refused no longer has it.
  let leftOutIssuer = false;
  socket.prependListener('secure', () => (leftOutIssuer = leavesOutIssuer(socket)));
  const give = (error: unknown): void => {
    // Nothing is left of it once the socket is destroyed.
    const hasServerCertificate = Object(socket.getPeerCertificate()).raw !== undefined;
    socket.destroy();
    plain.destroy();
    const told = withRefusedClient(asSmtpError(error), hasServerCertificate);
    resolve({ ok: false, error: withChain(told, leftOutIssuer) });
  };
  const onClose = (): void => give(new Error('the server closed the connection during the handshake'));
  const timer = setTimeout(() => give(smtpError('no answer', 'ETIMEDOUT')), timeoutMs);
  // Stays: an error of a socket that was given up has nobody else to go to.
  socket.on('error', give);
  socket.once('close', onClose);
  socket.once('secureConnect', () => {
    socket.off('error', give);
    socket.off('close', onClose);
    resolve({ ok: true, socket });
  });
  return promise.finally(() => clearTimeout(timer));
}

/**
 * What a promise resolves with. When it takes longer, what `late` returns or throws; without it an error with the code
 * `ETIMEDOUT`. What was begun goes on unheard.
 */
export async function within<Value, Late = never>(
  timeoutMs: number,
  promise: Promise<Value>,
  late: () => Late = () => {
    throw smtpError(`no answer within ${timeoutMs} ms`, 'ETIMEDOUT');
  },
): Promise<Value | Late> {
  const timeIsUp = Promise.withResolvers<void>();
  const timer = setTimeout(timeIsUp.resolve, timeoutMs);
  try {
    return await Promise.race([promise, timeIsUp.promise.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}

/** Addresses of a host, in the order of the resolver. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

type Destination =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly failure: Failure };

export const resolveWithSystem: Resolve = async (hostname) => {
  const found = await lookup(hostname, { all: true, order: 'verbatim' });
  return found.map(({ address }) => address);
};

/**
 * Resolves once and keeps the addresses that may be connected to. The connection goes to one of these very addresses,
 * so that a name cannot mean one thing to the guard and another to the connection.
 */
export async function resolveDestination(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  guard: DestinationGuard,
  timeoutMs: number,
  resolve: Resolve,
): Promise<Destination> {
  if (!guard.allowsPort(port)) return { ok: false, failure: failure('port-not-allowed', String(port)) };
  try {
    const found = isIP(hostname) === 0 ? await within(timeoutMs, resolve(hostname)) : [hostname];
    return allowedAmong(found, guard);
  } catch (error) {
    return { ok: false, failure: lookupFailure(error) };
  }
}

function allowedAmong(found: readonly string[], guard: DestinationGuard): Destination {
  if (found.length === 0) return { ok: false, failure: failure('host-not-found') };
  const addresses = found.filter((address) => guard.allowsAddress(address));
  if (addresses.length > 0) return { ok: true, addresses };
  return { ok: false, failure: failure('destination-not-allowed', found.join(', ')) };
}

type TcpConnection =
  | { readonly ok: true; readonly socket: Socket; readonly address: string }
  | { readonly ok: false; readonly failure: Failure };

/** An address that has not answered by then gives way to the next one, if there is one. */
const patienceMs = 5000;

/** Tries the addresses one after the other until one accepts, all of them together within `timeoutMs`. */
export async function connectTcp(
  addresses: readonly string[],
  port: number,
  timeoutMs: number,
): Promise<TcpConnection> {
  const deadline = performance.now() + timeoutMs;
  const failures: Failure[] = [];
  for (const [index, address] of addresses.entries()) {
    const leftMs = deadline - performance.now();
    if (leftMs <= 0) break;
    const isLast = index === addresses.length - 1;
    const attempt = await connectTo(address, port, isLast ? leftMs : Math.min(leftMs, patienceMs));
    if (attempt.ok) return attempt;
    failures.push(attempt.failure);
  }
  return { ok: false, failure: mostTelling(failures) };
}

/** That one family has no route is normal; what another address answered says more. */
function mostTelling(failures: readonly Failure[]): Failure {
  const telling = failures.find(({ code }) => code !== 'network-unreachable');
  return telling ?? failures.at(-1) ?? failure('connection-timeout');
}

function connectTo(address: string, port: number, timeoutMs: number): Promise<TcpConnection> {
  const { promise, resolve } = Promise.withResolvers<TcpConnection>();
  const socket = connect({ host: address, port, noDelay: true });
  const give = (error: unknown): void => {
    socket.destroy();
    resolve({ ok: false, failure: connectFailure(error, address) });
  };
  const timer = setTimeout(() => give(smtpError('no answer', 'ETIMEDOUT')), timeoutMs);
  socket.once('error', give);
  socket.once('connect', () => {
    socket.off('error', give);
    // Under TLS nobody listens to this socket any more, and what breaks is told by the other one.
    socket.on('error', () => undefined);
    resolve({ ok: true, socket, address });
  });
  return promise.finally(() => clearTimeout(timer));
}
