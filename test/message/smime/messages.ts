import type { InlineComposedMail } from '../../../packages/message/src/attachments.ts';
import { composeMessage } from '../../../packages/message/src/compose.ts';

const frame = {
  mailId: '1',
  messageId: '<1@acme.example>',
  date: new Date('2026-11-23T08:16:00Z'),
  from: { name: 'ACME Süd', address: 'erp@acme.example' },
};

function compose(request: Partial<InlineComposedMail>): Buffer {
  const to = [{ name: 'Kunde', address: 'kunde@example.com' }];
  const { bytes } = composeMessage({ ...frame, request: { id: '1', to, subject: 'Prüfung', ...request } });
  return Buffer.from(bytes);
}

const head =
  'From: erp@acme.example\r\nTo: kunde@example.com\r\nSubject: fertig\r\nMessage-ID: <2@acme.example>\r\n' +
  'Date: Mon, 23 Nov 2026 08:16:00 +0000\r\nMIME-Version: 1.0\r\n';

const attachment = (sizeBytes: number) => ({
  filename: 'Rechnung für Müller.pdf',
  contentType: 'application/pdf',
  content: Buffer.alloc(sizeBytes, 'Größe').toString('base64'),
});

/** Messages of every kind: composed ones, and finished ones that servers might change on the way. */
export const messages = {
  plain: compose({ text: 'Guten Tag,\nanbei nichts.\n' }),
  umlauts: compose({ text: 'Grüße aus Köln — ß, 日本語, €\n'.repeat(5) }),
  html: compose({ text: 'Hallo', html: '<p>Schöne <b>Grüße</b></p>' }),
  attachments: compose({
    text: 'Hallo',
    html: '<p>Hallo</p>',
    attachments: [attachment(40_000), attachment(3)],
  }),
  longLines: compose({ text: `${'x'.repeat(3000)}\n${'ä'.repeat(2000)}\n` }),
  awkwardLines: compose({ text: 'From here on\n. a dot\n.\nblanks at the end   \n\ttab\t\n--\n\n\n' }),
  eightBit: Buffer.from(
    `${head}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n`,
  ),
  eightBitParts: Buffer.from(
    `${head}Content-Type: multipart/mixed; boundary="a b"\r\n\r\npreamble\r\n--a b\r\n` +
      'Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße\r\n' +
      `--a b\r\nContent-Type: text/html\r\n\r\n<p>${'y'.repeat(1500)}</p>\r\n` +
      '--a b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\n' +
      `ÿÄ\r\n--a b--\r\n`,
  ),
  noBody: Buffer.from(head),
} as const satisfies Record<string, Buffer>;

export type MessageKind = keyof typeof messages;
export const messageKinds = Object.keys(messages) as MessageKind[];
