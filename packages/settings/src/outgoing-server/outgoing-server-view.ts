import type {
  ApplyStatus,
  OutgoingServerContent,
  OutgoingServerVersion,
  OutgoingServerView,
  SmtpContent,
  SmtpView,
} from '@postausgang/contracts';
import { outgoingServerKind, type OutgoingServerState, type SettingsChange } from '../outgoing-server.ts';
import { noReferences, type References } from '../references.ts';
import { changeToVersion, contentOf, resourceChange } from '../resource.ts';
import { effectivePort, validateContent } from '../validate-server.ts';

/** The server as GET answers it. */
export function outgoingServerView(
  state: OutgoingServerState,
  applied: ApplyStatus,
  references: References = noReferences,
): OutgoingServerView {
  return { ...versionedView(state.resource, state.content, state.latestChange, references), applied };
}

/** An earlier version as it was, 0 included; undefined when there is no such version. */
export function versionView(
  state: OutgoingServerState,
  version: number,
  references: References = noReferences,
): OutgoingServerVersion | undefined {
  const content = contentOf(outgoingServerKind, state, version);
  if (content === undefined) return undefined;
  const change = changeToVersion(state, version) ?? null;
  return {
    change: change === null ? null : resourceChange(outgoingServerKind, change),
    settings: versionedView(state.resource, content, change, references),
  };
}

/**
 * The settings of one version. `warnings` are its findings by today's rules; while sending is on there are some only
 * if somebody wrote to the log past the API, or the rules have become stricter since.
 */
function versionedView(
  resource: string,
  content: OutgoingServerContent,
  change: SettingsChange | null,
  references: References,
): OutgoingServerVersion['settings'] {
  const { smtp, ...fields } = content;
  return {
    id: resource.slice(outgoingServerKind.prefix.length),
    version: change?.version ?? 0,
    ...fields,
    smtp: smtpView(smtp),
    warnings: validateContent(content, references),
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
