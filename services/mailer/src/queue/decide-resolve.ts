import type { AnsweredCommand, MailResolveRequested, RecipientResult } from '@postausgang/contracts';
import { mailFields } from '../delivery/outcome.ts';
import { type CommandDecision, declined, laterNotAfter } from './command-decision.ts';
import { isFinished, type Mail } from './mail-row.ts';
import { addressKey, finalState } from './recipients.ts';

/** What became of an unknown outcome, as a person knows it: of the recipients named, else of all that are `unknown`. */
export function decideResolve(
  mail: Mail,
  wish: MailResolveRequested,
  command: AnsweredCommand,
  nowMs: number,
): CommandDecision {
  const { outcome, recipients: wished = null, resend: wishesResend = false } = wish;
  const named = wished === null ? mail.recipients : namedRecipients(mail, wished);
  if (named === null) {
    return declined('recipient-unknown', 'A recipient that is named is none of the mail.');
  }
  const unknown = named.filter((one) => one.outcome === 'unknown');
  const contradicts =
    wished !== null && named.some((one) => one.outcome !== 'unknown' && !isSo(one, outcome));
  if (contradicts || (unknown.length === 0 && !named.some((one) => isSo(one, outcome)))) {
    return declined('outcome-not-unknown', 'Only an unknown outcome can be resolved, and only once.');
  }
  if (unknown.length === 0) {
    return declined(null, 'It is resolved like that already.');
  }
  const resend = outcome === 'not-sent' && wishesResend;
  const notAfter = resend ? laterNotAfter(wish.notAfter, nowMs) : null;
  if (resend && notAfter === null) {
    return declined('not-after-passed', 'notAfter has to be a time to come.');
  }
  return {
    kind: 'fact',
    fact: {
      name: 'mailResolved',
      data: {
        ...mailFields(mail),
        state: stateAfter(mail, unknown, outcome, resend),
        by: 'person',
        outcome,
        recipients: unknown.map(({ address }) => address),
        resend,
        notAfter,
        command,
      },
    },
  };
}

function namedRecipients(mail: Mail, wished: readonly string[]): readonly RecipientResult[] | null {
  const keys = new Set(wished.map(addressKey));
  const named = mail.recipients.filter(({ address }) => keys.has(addressKey(address)));
  return named.length === keys.size ? named : null;
}

/** Whether a resolution said so; with `not-sent` the recipient may have been sent to again since. */
function isSo(one: RecipientResult, outcome: 'sent' | 'not-sent'): boolean {
  return outcome === 'sent' ? one.outcome === 'sent' : one.failure?.code === 'resolved-not-sent';
}

/** The state of the whole mail when these recipients are resolved. */
export function stateAfter(
  mail: Mail,
  unknown: readonly RecipientResult[],
  outcome: 'sent' | 'not-sent',
  resend: boolean,
): Mail['state'] {
  if (!isFinished(mail)) {
    return mail.state;
  }
  if (resend) {
    return 'deferred';
  }
  const resolved = outcome === 'sent' ? ('sent' as const) : ('rejected' as const);
  return finalState(
    mail.recipients.map((one) => (unknown.includes(one) ? { ...one, outcome: resolved } : one)),
  );
}
