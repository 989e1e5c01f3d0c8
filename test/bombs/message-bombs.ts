import { type Bomb, repeated, requestBytes } from './bomb.ts';

const from = 'From: erp@acme.example\r\n';
const to = 'To: kunde@example.com\r\n';

/** Finished messages (RFC 5322) whose header section is the message, or whose addresses are. */
export function messageBombs(sizeBytes = requestBytes): readonly Bomb[] {
  const bomb = (
    name: string,
    refusal: string,
    text: string,
    front = '',
    back = '',
    bytes = sizeBytes,
  ): Bomb => ({
    name,
    refusal,
    make: () => repeated(text, bytes, front, back),
  });
  const within = 200_000;
  return [
    bomb(
      'a million addresses',
      '/headers too-long',
      'abcdefgh@example.com,\r\n ',
      `${from}To: `,
      'a@b.example\r\n\r\n',
    ),
    bomb('groups', '/headers too-long', 'a:b@c.example;,', `${from}To: `, '\r\n\r\n'),
    bomb('short fields', '/headers too-long', 'a:\r\n', `${from}${to}`, '\r\n'),
    bomb('short fields with bare line feeds', '/headers too-long', 'a:\n', `${from}${to}`, '\n'),
    bomb('short fields with bare carriage returns', '/headers too-long', 'a:\r', `${from}${to}`, '\r'),
    bomb('folds', '/headers too-long', '\r\n ', `${from}${to}Subject: a`, '\r\n\r\n'),
    bomb('folds with bare line feeds', '/headers too-long', '\n\t', `${from}${to}Subject: a`, '\n\n'),
    bomb('one long field', '/headers too-long', 'a', `${from}${to}Subject: `, '\r\n\r\n'),
    bomb('one field name', '/headers too-long', 'a'),
    bomb('blind copies', '/headers too-long', 'Bcc: a@b.example\r\n', from, '\r\n'),
    bomb('open comments', '/headers too-long', '(', `${from}To: `, '\r\n\r\n'),
    bomb('quotes', '/headers too-long', '"', `${from}To: `, '\r\n\r\n'),
    bomb('2,000 fields', '/headers too-many', 'X-A: b\r\n', `${from}${to}`, '\r\nBody\r\n', 16_000),
    bomb('2,000 blind copies', '/headers too-many', 'Bcc: a@b.example\r\n', from, '\r\n', 36_000),
    bomb('2,000 fields with bare line feeds', '/headers too-many', 'X-A: b\n', from, '\n', 14_000),
    bomb('short addresses', '/headers/to too-many', 'a,', `${from}To: `, '\r\n\r\n', within),
    bomb('short groups', '/headers/to too-many', 'a:b;', `${from}To: `, '\r\n\r\n', within),
    bomb('empty groups', '/headers/cc too-many', ':', `${from}${to}Cc: `, '\r\n\r\n', within),
    bomb('semicolons', '/headers/bcc too-many', ';', `${from}${to}Bcc: `, '\r\n\r\n', within),
    bomb('nested comments', '/headers/to too-many', '(', `${from}To: `, '\r\n\r\n', within),
    bomb('quoted names', '/headers/to too-many', '"a" ', `${from}To: `, '\r\n\r\n', within),
    bomb('angle brackets', '/headers/from too-many', '<>', `${to}From: `, '\r\n\r\n', within),
    bomb('folded addresses', '/headers/to too-many', 'a@b.example,\r\n ', `${from}To: `, '\r\n\r\n', within),
    bomb(
      'addresses of others',
      '/headers/reply-to too-many',
      'a@b,',
      `${from}${to}Reply-To: `,
      '\r\n\r\n',
      within,
    ),
    bomb('lines of one byte', ' message-malformed', 'a\n', `${from}${to}\n`),
    bomb('bare carriage returns', ' message-malformed', '\r', `${from}${to}\r\n`),
    bomb('bare line feeds', ' message-malformed', '\n', `${from}${to}\r\n`),
  ];
}
