import type {
  ApplyStatus,
  OutgoingServerContent,
  OutgoingServerVersion,
  OutgoingServerView,
  SmtpContent,
  SmtpView,
} from '@postausgang/contracts';
import type { OutgoingServerState, SettingsChange } from './outgoing-server-state.ts';
import { effectivePort } from './smtp-destination.ts';
import { validateContent } from './validate-content.ts';

/** First part of the resource name of every outgoing server. */
export const outgoingServerPrefix = 'outgoing-servers/';

/** The server as GET answers it. */
export function outgoingServerView(state: OutgoingServerState, applied: ApplyStatus): OutgoingServerView {
  return { ...versionedView(state.resource, state.content, state.latestChange), applied };
}

/**
 * The settings of one version. `warnings` are its findings by today's rules; while sending is on there are some only
 * if somebody wrote to the log past the API, or the rules have become stricter since.
 */
export function versionedView(
  resource: string,
  content: OutgoingServerContent,
  change: SettingsChange | null,
): OutgoingServerVersion['settings'] {
  const { smtp, ...fields } = content;
  return {
    id: resource.slice(outgoingServerPrefix.length),
    version: change?.version ?? 0,
    ...fields,
    smtp: smtpView(smtp),
    warnings: validateContent(content),
    updatedAt: change?.changedAt ?? null,
    updatedBy: change?.actor.name ?? null,
  };
}

function smtpView(smtp: SmtpContent): SmtpView {
  const { password, ...fields } = smtp;
  return {
    ...fields,
    effectivePort: effectivePort(smtp),
    passwordSet: password !== null,
    passwordSetAt: password?.setAt ?? null,
  };
}
