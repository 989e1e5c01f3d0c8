import type { Address, MailRequested } from '@postausgang/contracts';
import type { Mail } from '../queue/mail-row.ts';
import { addressKey } from '../queue/recipients.ts';

/**
 * The request as its message goes to these recipients. Where a resend has corrected their addresses, the header names
 * the corrected ones; for everybody else, and where the message was finished already, it is what it was.
 */
export function withCorrections<Request extends MailRequested>(
  request: Request,
  { recipients }: Pick<Mail, 'recipients'>,
  to: readonly string[],
): Request {
  const corrected = new Map(
    recipients.flatMap(({ address, correctedFrom }) =>
      correctedFrom === undefined ? [] : [[addressKey(correctedFrom), address] as const],
    ),
  );
  const isForCorrected = [...corrected.values()].some((address) => to.includes(address));
  if ('envelope' in request || !isForCorrected) {
    return request;
  }
  const correct = (addresses: readonly Address[] | undefined): Address[] | undefined =>
    addresses?.map((one) => ({ ...one, address: corrected.get(addressKey(one.address)) ?? one.address }));
  const fields = { to: correct(request.to), cc: correct(request.cc), bcc: correct(request.bcc) };
  return {
    ...request,
    ...Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)),
  };
}
