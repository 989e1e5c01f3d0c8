import { isIPv6 } from 'node:net';
import type {
  Encryption,
  OutgoingServerContent,
  SmtpContent,
  WindowsMechanism,
} from '@postausgang/contracts';
import { usesPassword } from '@postausgang/settings';

/**
 * What to connect to and how, the password apart. Plain data: two descriptions with equal JSON need no rebuild as
 * long as the password is the same too.
 */
export interface SmtpDescription {
  /** Host name or IP address as configured. */
  readonly hostname: string;
  readonly port: number;
  readonly encryption: Encryption;
  readonly authentication: 'none' | 'windows' | 'password';
  /** Whose password is used; null when none is. */
  readonly username: string | null;
  /** Null with another authentication. */
  readonly windows: WindowsDescription | null;
  /** How long the server may keep silent; never shortens the wait for the reply to the final dot. */
  readonly timeoutSeconds: number;
  readonly allowCleartextAuthentication: boolean;
}

export interface WindowsDescription {
  readonly mechanism: WindowsMechanism;
  /** `service/host` */
  readonly servicePrincipal: string;
}

const defaultPorts = { none: 25, starttls: 587, implicit: 465 } as const satisfies Record<Encryption, number>;

/**
 * The description that follows from the settings, or null when they do not say enough to connect by SMTP: another
 * server type, no host name, or a password without a user name.
 */
export function describeSmtp(content: OutgoingServerContent): SmtpDescription | null {
  const { hostname, port, encryption, authentication, username, allowCleartextAuthentication } = content.smtp;
  if (content.serverType !== 'smtp' || !hostname) return null;
  const needsUser = usesPassword(content.smtp);
  if (needsUser && !username) return null;
  const signsIn = authentication !== 'none';
  return {
    hostname,
    port: port ?? defaultPorts[encryption],
    encryption,
    authentication,
    username: needsUser ? username : null,
    windows: authentication === 'windows' ? describeWindows(content.smtp, hostname) : null,
    timeoutSeconds: content.timeoutSeconds,
    allowCleartextAuthentication: signsIn && encryption === 'none' && allowCleartextAuthentication,
  };
}

function describeWindows(
  { windowsMechanism, servicePrincipal }: SmtpContent,
  hostname: string,
): WindowsDescription {
  const host = hostname.replace(/\.$/, '').toLowerCase();
  return { mechanism: windowsMechanism, servicePrincipal: servicePrincipal ?? `SMTPSVC/${host}` };
}

/** `host:port` as configured, for attempts and logs. */
export function serverName({ hostname, port }: SmtpDescription): string {
  return isIPv6(hostname) ? `[${hostname}]:${port}` : `${hostname}:${port}`;
}
