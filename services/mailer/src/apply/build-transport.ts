import { failure, type Finding, type OutgoingServerContent } from '@postausgang/contracts';
import {
  effectiveLimits,
  noReferences,
  type References,
  validateConnection,
  validateContent,
} from '@postausgang/settings';
import type { BuildResult, ServerVersion } from './applier.ts';
import { exchangeKind } from './exchange-kind.ts';
import { notBuilt } from './open-within.ts';
import { smtpKind } from './smtp-kind.ts';
import type { BuildOptions, TransportKinds } from './transport-kind.ts';

const kinds: TransportKinds = { smtp: smtpKind, exchange: exchangeKind };

/** What identifies the transport of a version: how to connect, how often at once, and the sealed secrets. */
export function transportFingerprint(version: ServerVersion): string {
  const { serverType } = version.content;
  const { maxConnections } = effectiveLimits(version.content);
  return JSON.stringify([serverType, maxConnections, kinds[serverType].fingerprint(version)]);
}

/**
 * Builds the transport of a version, up to the first authenticated connection. What nobody can have saved over the API
 * may still stand in the log. That a secret is for elsewhere is told by the one who opens it.
 */
export async function buildTransport(options: BuildOptions, version: ServerVersion): Promise<BuildResult> {
  const findings = findingsOf(version).filter(({ code }) => code !== 'secret-required');
  if (findings.length > 0) {
    const detail = findings.map(({ pointer, code }) => `${pointer}: ${code}`).join(', ');
    return notBuilt(failure('settings-invalid', detail));
  }
  return kinds[version.content.serverType].build(withinLimits(options, version.content), version);
}

/** No mailer may have more connections than all of them together. */
function withinLimits(
  { smtp, exchange, ...options }: BuildOptions,
  content: OutgoingServerContent,
): BuildOptions {
  const limit = effectiveLimits(content).maxConnections ?? Infinity;
  return {
    ...options,
    smtp: { ...smtp, maxConnections: Math.min(smtp.maxConnections, limit) },
    exchange: { ...exchange, maxConnections: Math.min(exchange.maxConnections, limit) },
  };
}

function findingsOf({ content, connection, certificates }: ServerVersion): readonly Finding[] {
  return [
    ...validateContent(content, referencesTo(connection, certificates)),
    ...(connection === undefined
      ? []
      : validateConnection(connection.content, referencesTo(connection, certificates))),
  ];
}

// Validity does not count: what has expired is told by the server, or by the mail that is to be signed.
function referencesTo(
  connection: ServerVersion['connection'],
  certificates: ServerVersion['certificates'],
): References {
  return {
    ...noReferences,
    exchangeConnection: () => connection?.content,
    certificate: (id) => certificates?.get(id)?.content,
  };
}
