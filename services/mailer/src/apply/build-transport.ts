import { failure, type OutgoingServerContent } from '@postausgang/contracts';
import type { Opener } from '@postausgang/sealing';
import { effectiveLimits, validateContent } from '@postausgang/settings';
import { describeSmtp } from '../smtp/describe.ts';
import { openSmtpTransport, type SmtpTransportOptions } from '../smtp/smtp-transport.ts';
import { withinTime } from '../within-time.ts';
import type { BuildResult, ServerVersion } from './applier.ts';
import { openPassword } from './open-password.ts';

/** What a transport needs beside the settings. */
export interface BuildOptions {
  readonly opener: Opener;
  readonly smtp: Omit<SmtpTransportOptions, 'description' | 'password'>;
}

/** What identifies the transport of a content: the connection's description, how many of them, and the sealed secret. */
export function transportFingerprint(content: OutgoingServerContent): string {
  return JSON.stringify([
    describeSmtp(content),
    effectiveLimits(content).maxConnections,
    content.smtp.password?.sealed ?? null,
  ]);
}

/** Builds the transport of a version, up to the first authenticated connection. */
export async function buildTransport(
  { opener, smtp }: BuildOptions,
  { resource, content }: ServerVersion,
): Promise<BuildResult> {
  const opened = await openPassword(opener, resource, content);
  if (!opened.ok) {
    return { ok: false, failure: failure(opened.code), retry: false };
  }
  const findings = validateContent(content);
  const description = describeSmtp(content);
  if (findings.length > 0 || description === null) {
    const detail = findings.map(({ pointer, code }) => `${pointer}: ${code}`).join(', ');
    return { ok: false, failure: failure('settings-invalid', detail), retry: false };
  }
  const maxConnections = connectionsFor(content, smtp.maxConnections);
  return open({ ...smtp, description, maxConnections, password: opened.password });
}

/** No mailer may have more than all of them together. */
function connectionsFor(content: OutgoingServerContent, ofMailer = 5): number {
  return Math.min(ofMailer, effectiveLimits(content).maxConnections ?? ofMailer);
}

/** A server that accepts a connection and then says nothing must not keep the receipt waiting for an hour. */
const openingTimeMs = 60_000;

async function open(options: SmtpTransportOptions): Promise<BuildResult> {
  const opening = openSmtpTransport(options);
  const result = await withinTime(opening, openingTimeMs);
  if (result === undefined) {
    void opening.then((late) => (late.ok ? late.transport.close() : undefined));
    return { ok: false, failure: failure('connection-timeout'), retry: true };
  }
  return result.ok ? result : { ok: false, failure: result.failure, retry: true };
}
