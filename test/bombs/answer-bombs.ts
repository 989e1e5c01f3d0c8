import { type Bomb, megabyte, repeated } from './bomb.ts';

const front = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>';

/** Answers of an Exchange server; its client reads a megabyte of each. Refused: read as no answer. */
export function soapBombs(): readonly Bomb[] {
  const bomb = (name: string, text: string, start = front, back = ''): Bomb => ({
    name,
    refusal: 'null',
    make: () => repeated(text, megabyte, start, back),
  });
  return [
    bomb('open elements', '<a>'),
    bomb('empty elements', '<a/>'),
    bomb('nested elements with texts', '<a>b'),
    bomb('elements', '<a></a>'),
    bomb('attributes', ' a="b"', `${front}<a`, '/>'),
    bomb('attributes without a value', ' a=', `${front}<a`, '/>'),
    bomb('entities', '&amp;', `${front}<a>`, '</a>'),
    bomb('character references', '&#65;', `${front}<a>`, '</a>'),
    bomb('comments', '<!---->'),
    bomb('sections', '<![CDATA[]]>', `${front}<a>`, '</a>'),
    bomb('instructions', '<?a?>'),
    bomb('less-than signs', '<'),
    bomb('closing tags', '</a>'),
    bomb('a document type', ' ', `<!DOCTYPE a>${front}`),
  ];
}

/** Answers of an authority or of Graph: read as nothing. */
export function oauthBombs(): readonly Bomb[] {
  const bomb = (name: string, text: string, start: string, back: string): Bomb => ({
    name,
    refusal: '{}',
    make: () => repeated(text, megabyte, start, back),
  });
  return [
    bomb('nested arrays', '[', '{"access_token":"a","b":', ''),
    bomb('many members', '"a":1,', '{"access_token":"a",', '"b":1}'),
    bomb('many keys', '{},', '{"access_token":"a","keys":[', '{}]}'),
    bomb('empty texts', '"",', '{"access_token":"a","b":[', '""]}'),
  ];
}

/** What an SMTP server may send in place of a reply. */
export function smtpBombs(): readonly Bomb[] {
  const bomb = (name: string, refusal: string, text: string): Bomb => ({
    name,
    refusal,
    make: () => repeated(text, megabyte),
  });
  return [
    bomb('one line', 'The reply is too long', '2'),
    bomb('lines that go on', 'The reply is too long', '250-a\r\n'),
    bomb('long lines that go on', 'The reply is too long', `250-${'a'.repeat(9000)}\r\n`),
    bomb('empty lines', 'Nothing but empty lines', '\r\n'),
    bomb('bare line feeds', 'Nothing but empty lines', '\n'),
    bomb('lines of spaces', 'Nothing but empty lines', ' \r\n'),
    bomb('zeros', 'The reply is too long', '\0'),
  ];
}
