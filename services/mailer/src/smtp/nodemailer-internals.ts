import type { Socket } from 'node:net';
import SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpError } from '@postausgang/net';

type Done = (error: SmtpError | null, result?: unknown) => void;

/** What stands in for nodemailer's DATA stream. */
export interface ContentSink {
  readonly outByteCount: number;
  write(message: unknown): void;
  end(): void;
}

/**
 * What this folder uses of nodemailer's SMTPConnection beyond its published types. A test compares it with the
 * installed version.
 */
export interface SmtpInternals {
  readonly _socket: Socket | false | null;
  readonly _responseQueue: readonly string[];
  readonly _responseActions: ((reply: string) => void)[];
  readonly _supportedExtensions: readonly string[];
  /** Comes with the reply to EHLO. */
  readonly _ehloLines: readonly string[] | undefined;
  readonly _maxAllowedSize: number;
  _sendCommand(line: string, logged?: string): void;
  _setEnvelope(envelope: unknown, done: Done): void;
  _processResponse(): void;
  _onClose(): void;
  _onError(error: Error, code: string, reply: string | false, command: string): void;
  _upgradeConnection(done: Done): void;
  _actionGreeting(reply: string): void;
  _actionEHLO(reply: string): void;
  _actionHELO(reply: string): void;
  _actionMAIL(reply: string, done: Done): void;
  _actionRCPT(reply: string, done: Done): void;
  _actionDATA(reply: string, done: Done): void;
  _actionSMTPStream(reply: string, done: Done): void;
  _createSendStream(done: Done): ContentSink;
}

/** Methods that are overridden or called and have to exist. */
export const usedMethods = [
  '_sendCommand',
  '_setEnvelope',
  '_processResponse',
  '_onClose',
  '_onError',
  '_upgradeConnection',
  '_actionGreeting',
  '_actionEHLO',
  '_actionHELO',
  '_actionMAIL',
  '_actionRCPT',
  '_actionDATA',
  '_actionSMTPStream',
  '_createSendStream',
] as const satisfies readonly (keyof SmtpInternals)[];

/** Properties that are read and have to exist from the start. */
export const usedProperties = [
  '_socket',
  '_responseQueue',
  '_responseActions',
  '_supportedExtensions',
  '_maxAllowedSize',
] as const satisfies readonly (keyof SmtpInternals)[];

type Constructor = new (options: SMTPConnection.Options) => Omit<SMTPConnection, '_socket'> & SmtpInternals;

export const NodemailerConnection = SMTPConnection as unknown as Constructor;
