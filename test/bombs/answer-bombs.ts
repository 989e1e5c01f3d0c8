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
    bomb('entities of its own', '&c;', `<!DOCTYPE a [${ownEntities}]>${front}<a>`, '</a>'),
    bomb('closed nested elements', `${'<a>'.repeat(100)}${'</a>'.repeat(100)}`),
    bomb('elements with attributes', '<a b="c" d="e"/>'),
    bomb('namespaces', ' xmlns:a="b"', `${front}<a`, '/>'),
  ];
}

/** Each is ten times the one before. */
const ownEntities =
  '<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">';

/** What an answer has beside whatever is between: 15 marks. */
const answerStart =
  `${front}<m:SendItemResponse xmlns:m="m"><m:ResponseMessages><m:SendItemResponseMessage ResponseClass="Success">` +
  '<m:ResponseCode>NoError</m:ResponseCode>';
const answerEnd =
  '</m:SendItemResponseMessage></m:ResponseMessages></m:SendItemResponse></s:Body></s:Envelope>';
const marksIn = (text: string): number => text.match(/[<=&]/g)?.length ?? 0;
const ownMarks = marksIn(answerStart + answerEnd);
const ownDepth = 5;

interface Filling {
  readonly text: string;
  readonly marks: number;
  readonly front?: string;
  readonly back?: string;
}

/**
 * The largest answers that are read: a megabyte each, with as much markup as there may be (`more`: so much more), the rest
 * of it text.
 */
export function largestSoapAnswers(more = 0): readonly Bomb[] {
  const answer = (name: string, { text, marks, front: before = '', back = '' }: Filling): Bomb => ({
    name,
    refusal: more > 0 ? 'null' : 'NoError',
    make() {
      const outside = marksIn(before + back);
      const count = Math.floor((2000 - ownMarks - outside) / marks) + more;
      const filled = `${answerStart}${before}${text.repeat(count)}${back}`;
      const rest = 'x'.repeat(Math.max(0, megabyte - filled.length - answerEnd.length));
      return Buffer.from(`${filled}${rest}${answerEnd}`);
    },
  });
  const depth = 64 - ownDepth;
  return [
    answer('elements', { text: '<a>b</a>', marks: 2 }),
    answer('empty elements', { text: '<a/>', marks: 1 }),
    answer('attributes', { text: ' b="c"', marks: 1, front: '<a', back: '/>' }),
    answer('elements with attributes', { text: '<a b="c" d="e">f</a>', marks: 4 }),
    answer('nested elements', { text: `${'<a>'.repeat(depth)}b${'</a>'.repeat(depth)}`, marks: 2 * depth }),
    answer('entities', { text: '&amp;', marks: 1, front: '<a>', back: '</a>' }),
    answer('character references', { text: '&#65;', marks: 1, front: '<a>', back: '</a>' }),
    answer('sections', { text: '<![CDATA[b]]>', marks: 1, front: '<a>', back: '</a>' }),
    answer('comments', { text: '<!--b-->', marks: 1 }),
  ];
}

/** Answers to the question who the provider is: 256 KiB are read, whatever they hold. */
export function providerAnswers(): readonly Bomb[] {
  const sizeBytes = 256 * 1024 - 200;
  const answer = (name: string, refusal: string, text: string, start: string, back: string): Bomb => ({
    name,
    refusal,
    make: () => repeated(text, sizeBytes, start, back),
  });
  const read = 'token-provider-mismatch: undefined';
  const refused = 'token-provider-unavailable: the answer of the identity provider is too much work';
  return [
    answer('many members', read, '"a":1,', '{"issuer":"a",', '"b":1}'),
    answer('many keys', read, '{"kid":"a"},', '{"issuer":"a","keys":[', '{}]}'),
    answer('many empty keys', refused, '{},', '{"issuer":"a","keys":[', '{}]}'),
    answer('one text', read, 'a', '{"issuer":"', '"}'),
    answer('escapes', read, String.raw`\u0041`, '{"issuer":"', '"}'),
    answer('nested arrays', refused, '[', '{"issuer":', ''),
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
