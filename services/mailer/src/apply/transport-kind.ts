import type { ServerType } from '@postausgang/contracts';
import type { Opener } from '@postausgang/sealing';
import type { ExchangeOptions } from '../exchange/exchange-options.ts';
import type { SmtpTransportOptions } from '../smtp/smtp-transport.ts';
import type { BuildResult, ServerVersion } from './applier.ts';

/** What a transport needs beside the settings. */
export interface BuildOptions {
  readonly opener: Opener;
  readonly smtp: Omit<SmtpTransportOptions, 'description' | 'password'> & { readonly maxConnections: number };
  readonly exchange: ExchangeOptions;
}

/** How the transports of one server type are told apart and built. */
export interface TransportKind {
  /** What identifies the transport: how to connect, and the sealed secrets. Equal text needs no rebuild. */
  readonly fingerprint: (version: ServerVersion) => unknown;
  /** Up to the first authenticated connection. */
  readonly build: (options: BuildOptions, version: ServerVersion) => Promise<BuildResult>;
}

export type TransportKinds = Readonly<Record<ServerType, TransportKind>>;
