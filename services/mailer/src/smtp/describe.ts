import { isIPv6 } from 'node:net';
import type { Encryption, OutgoingServerContent } from '@postausgang/contracts';

/**
 * What to connect to and how, the password apart. Plain data: two descriptions with equal JSON need no rebuild as
 * long as the password is the same too.
 */
export interface SmtpDescription {
  /** Host name or IP address as configured. */
  readonly hostname: string;
  readonly port: number;
  readonly encryption: Encryption;
  readonly authentication: 'none' | 'password';
  /** Null without authentication. */
  readonly username: string | null;
  /** How long the server may keep silent; never shortens the wait for the reply to the final dot. */
  readonly timeoutSeconds: number;
  readonly allowCleartextAuthentication: boolean;
}

const defaultPorts = { none: 25, starttls: 587, implicit: 465 } as const satisfies Record<Encryption, number>;

/**
 * The description that follows from the settings, or null when they do not say enough to connect by SMTP: another
 * server type, no host name, Windows authentication, or a password without a user name.
 */
export function describeSmtp(content: OutgoingServerContent): SmtpDescription | null {
  const { hostname, port, encryption, authentication, username, allowCleartextAuthentication } = content.smtp;
  if (content.serverType !== 'smtp' || !hostname || authentication === 'windows') return null;
  const signsIn = authentication === 'password';
  if (signsIn && !username) return null;
  return {
    hostname,
    port: port ?? defaultPorts[encryption],
    encryption,
    authentication,
    username: signsIn ? username : null,
    timeoutSeconds: content.timeoutSeconds,
    allowCleartextAuthentication: signsIn && encryption === 'none' && allowCleartextAuthentication,
  };
}

/** `host:port` as configured, for attempts and logs. */
export function serverName({ hostname, port }: SmtpDescription): string {
  return isIPv6(hostname) ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
