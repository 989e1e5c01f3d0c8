import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { isIP, isIPv6, type Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { type Failure, failure } from '@postausgang/contracts';
import { revealSecret } from '@postausgang/credentials';
import {
  connectTcp,
  connectTls,
  type DestinationGuard,
  type Resolve,
  resolveDestination,
  type StageObserver,
  tlsDescription,
  tlsFailure,
  tlsSettings,
  untrustedText,
} from '@postausgang/net';
import type { Proxy } from './proxy.ts';

/** Asks a proxy for a tunnel (RFC 9110 §9.3.6). Null when it stands; otherwise why it does not. */
async function openTunnel(
  socket: Socket,
  { authorization }: Proxy,
  { hostname, port }: Host,
  timeoutMs: number,
): Promise<Failure | null> {
  const authority = `${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`;
  const request = httpRequest({
    method: 'CONNECT',
    path: authority,
    setHost: false,
    headers: {
      host: authority,
      ...(authorization === undefined ? {} : { 'proxy-authorization': revealSecret(authorization) }),
    },
    createConnection: () => socket,
    signal: AbortSignal.timeout(timeoutMs),
  });
  try {
    const [{ httpVersion, statusCode, statusMessage, headers }] = await once(request.end(), 'connect');
    if (statusCode >= 200 && statusCode < 300) return null;
    socket.destroy();
    const wanted = statusCode === 407 ? `, ${headers['proxy-authenticate'] ?? ''}` : '';
    const said = untrustedText(`HTTP/${httpVersion} ${statusCode} ${statusMessage}${wanted}`);
    return failure(statusCode === 407 ? 'proxy-sign-in-refused' : 'proxy-failed', said);
  } catch {
    socket.destroy();
    return failure('proxy-failed', 'the proxy gave no HTTP answer');
  }
}

/** How https servers are reached and verified: by the same rules as mail servers. */
export interface HttpsSettings {
  readonly guard: DestinationGuard;
  readonly resolve: Resolve;
  readonly proxy: Proxy | null;
  /** Authorities to trust besides the known ones, PEM. */
  readonly ca?: string;
  /** The one authority or certificate that is trusted (PEM) instead of the known ones. */
  readonly trusted?: string | null;
  /** How long a server may keep silent. */
  readonly timeoutMs: number;
}

export interface Host {
  /** A name or an IP address, without brackets. */
  readonly hostname: string;
  readonly port: number;
}

type ConnectStep = 'resolve' | 'connect' | 'tls';

type HttpsConnection =
  | { readonly ok: true; readonly socket: TLSSocket }
  | { readonly ok: false; readonly step: ConnectStep; readonly failure: Failure };

type Connected = { readonly ok: true; readonly socket: Socket } | Extract<HttpsConnection, { ok: false }>;

/** Resolves once, connects to that very address, and verifies the server; never rejects. */
export async function connectHttps(
  settings: HttpsSettings,
  host: Host,
  observer?: StageObserver,
): Promise<HttpsConnection> {
  const { proxy, resolve } = settings;
  const isDirect = proxy === null || (await proxy.isException?.(host.hostname, resolve)) === true;
  const connected = isDirect
    ? await connectDirectly(settings, host, observer)
    : await connectThrough(proxy, settings, host, observer);
  if (!connected.ok) return connected;
  const tls = tlsSettings(host.hostname, settings.ca, { client: null, trusted: settings.trusted ?? null });
  const encrypted = await connectTls(connected.socket, tls, settings.timeoutMs, observer);
  if (!encrypted.ok) return { ok: false, step: 'tls', failure: tlsFailure(encrypted.error) };
  observer?.passed('tls', { detail: tlsDescription(encrypted.socket) });
  return encrypted;
}

async function connectDirectly(
  { guard, resolve, timeoutMs }: HttpsSettings,
  host: Host,
  observer?: StageObserver,
): Promise<Connected> {
  const destination = await resolveDestination(host, guard, timeoutMs, resolve);
  if (!destination.ok) return { ok: false, step: 'resolve', failure: destination.failure };
  observer?.passed('resolve', { detail: destination.addresses.join(', ') });
  const connection = await connectTcp(destination.addresses, host.port, timeoutMs);
  if (!connection.ok) return { ok: false, step: 'connect', failure: connection.failure };
  observer?.passed('connect', { detail: `${connection.address} port ${host.port}` });
  return connection;
}

/** What the proxy may connect to is its own business; only what can be told from here is refused. */
async function connectThrough(
  proxy: Proxy,
  { guard, resolve, timeoutMs }: HttpsSettings,
  host: Host,
  observer?: StageObserver,
): Promise<Connected> {
  const obstacle = obstacleTo(host, guard);
  if (obstacle !== null) return { ok: false, step: 'resolve', failure: obstacle };
  const addresses =
    isIP(proxy.hostname) === 0 ? await resolve(proxy.hostname).catch(() => []) : [proxy.hostname];
  observer?.passed('resolve', { detail: 'left to the proxy' });
  const connection = await connectTcp(addresses, proxy.port, timeoutMs);
  if (!connection.ok) {
    return { ok: false, step: 'connect', failure: failure('proxy-failed', connection.failure.detail) };
  }
  const refusal = await openTunnel(connection.socket, proxy, host, timeoutMs);
  if (refusal !== null) return { ok: false, step: 'connect', failure: refusal };
  observer?.passed('connect', { detail: `proxy ${proxy.hostname} port ${proxy.port}` });
  return connection;
}

function obstacleTo({ hostname, port }: Host, guard: DestinationGuard): Failure | null {
  if (!guard.allowsPort(port)) return failure('port-not-allowed', String(port));
  const isRefused = isIP(hostname) !== 0 && !guard.allowsAddress(hostname);
  return isRefused ? failure('destination-not-allowed', hostname) : null;
}

/** Why there is no connection to send a request on. */
export class HttpsConnectError extends Error {
  override readonly name = 'HttpsConnectError';
  readonly step: ConnectStep;
  readonly failure: Failure;

  constructor(step: ConnectStep, why: Failure) {
    super(why.code);
    this.step = step;
    this.failure = why;
  }
}
