import { mutation, type Mutation } from './mutated-rules.ts';

/** Rules that the protocol stands on, each broken by itself. */
export const mutations: readonly Mutation[] = [
  mutation(
    'mail/mail-version.ts',
    'expected === undefined || isOfVersion || endsOpenIntent(mail, event)',
    'true',
  ),
  mutation('mail/mail-version.ts', 'isOfVersion || endsOpenIntent(mail, event)', 'isOfVersion'),
  mutation('mail/mail-version.ts', 'expected === mail.version &&', 'expected <= mail.version &&'),
  mutation('mail/mail-version.ts', 'expected === mail.version && isStillUnknown', 'isStillUnknown'),
  mutation('mail/mail-version.ts', 'version: before.version + 1', 'version: before.version'),
  mutation('mail/mail-version.ts', 'before.state !== after.state ||', ''),
  mutation('mail/mail-version.ts', 'before.recentEventIds !== after.recentEventIds ||', ''),
  mutation('mail/mail-version.ts', '({ attempt }) => attempt === identity', '() => true'),
  mutation(
    'mail/evolve.ts',
    'isDecidedOn(mail, event) ? withVersion(mail, change(mail, event), event) : mail',
    'withVersion(mail, change(mail, event), event)',
  ),
  mutation(
    'mail/evolve.ts',
    'event.data.command !== undefined && isDecidedOn(mail, event)',
    'event.data.command !== undefined',
  ),
  mutation(
    'mail/outcome.ts',
    'return { ...mailFields(mail, messageId), expectedVersion: mail.version };',
    'return mailFields(mail, messageId);',
  ),
  mutation('mail/outcome.ts', 'expectedVersion: mail.version', 'expectedVersion: mail.version - 1'),
  mutation('mail/outcome.ts', '(news.isHandedOver ? mailFields : decisionFields)', '(mailFields)'),
  mutation('engine/lease.ts', 'row.version === taken.version + (isIntentOurs ? 1 : 0)', 'true'),
  mutation(
    'engine/lease.ts',
    'row.version === taken.version + (isIntentOurs ? 1 : 0)',
    'row.version <= taken.version + 1',
  ),
  mutation(
    'engine/lease.ts',
    'row.version === taken.version + (isIntentOurs ? 1 : 0)',
    'row.version === taken.version',
  ),
  mutation(
    'engine/lease.ts',
    'row.version === taken.version + (isIntentOurs ? 1 : 0)',
    'row.version >= taken.version',
  ),
  mutation('engine/lease.ts', 'row.intents[0]?.attempt === identity', 'true'),
  mutation(
    'engine/event-ids.ts',
    '`${id}/${runId}/${version}/attempt-${number}`',
    '`${id}/${runId}/attempt-${number}`',
  ),
  mutation(
    'engine/event-ids.ts',
    '`${id}/${runId}/${version}/attempt-${number}`',
    '`${id}/r/${version}/attempt-${number}`',
  ),
  mutation('engine/event-ids.ts', '${intents[0]?.attempt ?? id}/settled', '${id}/settled'),
  mutation(
    'mail/mail-event.ts',
    'attempt-\\d+)\\/[^/]+$/.exec(event.id)?.[1] ??',
    "attempt-\\d+)\\/[^/]+$/.exec('')?.[1] ??",
  ),
  mutation('mail/evolve.ts', 'generation: mail.generation + 1', 'generation: mail.generation'),
  mutation('mail/evolve.ts', 'const isTakenOver = mail.state', 'const isTakenOver = false && mail.state'),
  mutation('mail/evolve.ts', 'heldFor: reason', "heldFor: 'mail-disabled'"),
  mutation(
    'mail/evolve-attempt.ts',
    'if (isFinished(heard) || isRepeat || others.length > 0) {',
    'if (isFinished(heard) || others.length > 0) {',
  ),
  mutation('mail/recipients.ts', "outcome === 'pending' || outcome === 'deferred'", "outcome === 'pending'"),
  mutation(
    'mail/recipients.ts',
    "outcome === 'pending' || outcome === 'deferred'",
    "outcome === 'pending' || outcome === 'deferred' || outcome === 'unknown'",
  ),
  mutation('mail/outcome.ts', "outcome: policy === 'resend' ? 'deferred' : 'unknown'", "outcome: 'deferred'"),
  mutation(
    'mail/outcome.ts',
    "({ address, outcome: 'deferred', ...deliveredTo(inFlight) })",
    "({ address, outcome: 'sent', ...deliveredTo(inFlight) })",
  ),
  mutation('mail/mail.ts', 'return recentEventIds.includes(id);', 'return false;'),
  mutation('mail/mail.ts', "decisions?.onUnknown ?? onUnknown ?? 'hold'", "'resend'"),
];
