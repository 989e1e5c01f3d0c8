import { composeMessage, messageIdFor } from '@postausgang/message';
import { domainOf } from '@postausgang/settings';

export interface ProbeInput {
  readonly testId: string;
  readonly from: string;
  readonly to: string;
  readonly date: Date;
}

const text = `This mail was sent by the connection test of Postausgang. If you can read it, mail goes out.

Diese E-Mail wurde vom Verbindungstest von Postausgang gesendet. Wenn Sie sie lesen können, funktioniert der Versand.
`;

/** The one real mail of a connection test. It says that no person wrote it (RFC 3834 §5). */
export function probeMessage({ testId, from, to, date }: ProbeInput): Uint8Array {
  return composeMessage({
    request: {
      id: testId,
      to: [{ address: to }],
      subject: 'Postausgang: connection test / Verbindungstest',
      text,
      headers: { 'Auto-Submitted': 'auto-generated' },
    },
    mailId: testId,
    messageId: messageIdFor(testId, domainOf(from)),
    date,
    from: { name: 'Postausgang', address: from },
  });
}
