import type { AnsweredCommand, MailResendRequested, RecipientResult } from '@postausgang/contracts';
import { isValidAddress } from '@postausgang/settings';
import { mailFields } from '../delivery/outcome.ts';
import { type CommandDecision, declined, laterNotAfter } from './command-decision.ts';
import { isFinished, type Mail } from './mail-row.ts';
import { addressKey } from './recipients.ts';

interface Wished {
  readonly address: string;
  readonly correctedAddress?: string | null;
}

interface Resent {
  readonly recipient: RecipientResult;
  readonly correctedAddress: string | null;
}

/**
 * Another round for a mail that has ended: for the recipients that are named, else for all that have not got it for
 * certain. Nobody who is `sent` gets it again without `force`.
 */
export function decideResend(
  mail: Mail,
  wish: MailResendRequested,
  command: AnsweredCommand,
  nowMs: number,
): CommandDecision {
  if (!isFinished(mail)) {
    return mail.round > 1
      ? declined(null, 'The mail is on its way again already.')
      : declined('mail-not-finished', 'Only a mail that has ended can go out again.');
  }
  const chosen = choose(mail, wish);
  if ('kind' in chosen) {
    return chosen;
  }
  const notAfter = laterNotAfter(wish.notAfter, nowMs);
  if (notAfter === null) {
    return declined('not-after-passed', 'notAfter has to be a time to come.');
  }
  const recipients = chosen.map(({ recipient, correctedAddress }) => ({
    address: recipient.address,
    correctedAddress,
  }));
  const data = { ...mailFields(mail), round: mail.round + 1, recipients, notAfter, command };
  return { kind: 'fact', fact: { name: 'mailRequeued', data } };
}

function choose(mail: Mail, wish: MailResendRequested): readonly Resent[] | CommandDecision {
  const byKey = new Map(mail.recipients.map((one) => [addressKey(one.address), one] as const));
  const wished: readonly Wished[] = wish.recipients ?? mail.recipients;
  const unknown = wished.find(({ address }) => !byKey.has(addressKey(address)));
  if (unknown !== undefined) {
    return declined('recipient-unknown', `${unknown.address} is no recipient of the mail.`);
  }
  const all = wished.flatMap((one): Resent[] => {
    const recipient = byKey.get(addressKey(one.address));
    return recipient === undefined ? [] : [{ recipient, correctedAddress: one.correctedAddress ?? null }];
  });
  const chosen = wish.recipients === undefined && wish.force !== true ? all.filter(isMissing) : all;
  const hasIt = wish.force === true ? undefined : chosen.find((one) => !isMissing(one));
  if (hasIt !== undefined || chosen.length === 0) {
    return declined('recipient-sent', `${hasIt?.recipient.address ?? 'Everyone'} has the mail already.`);
  }
  return wrongCorrection(mail, chosen) ?? chosen;
}

const isMissing = ({ recipient }: Resent): boolean => recipient.outcome !== 'sent';

/** A correction is an address that the mail does not go to yet, each only once; a copy follows the sender. */
function wrongCorrection(mail: Mail, chosen: readonly Resent[]): CommandDecision | undefined {
  const taken = new Set(mail.recipients.map(({ address }) => addressKey(address)));
  const copies = new Set((mail.decisions?.copies ?? []).map(({ address }) => addressKey(address)));
  for (const { recipient, correctedAddress } of chosen) {
    if (correctedAddress !== null) {
      const key = addressKey(correctedAddress);
      if (!isValidAddress(correctedAddress) || taken.has(key) || copies.has(addressKey(recipient.address))) {
        return declined('correction-invalid', `${correctedAddress} cannot stand for ${recipient.address}.`);
      }
      taken.add(key);
    }
  }
  return undefined;
}
