import { type Bomb, repeated, requestBytes } from './bomb.ts';

const mail = '{"to":[{"address":"kunde@example.com"}],"text":"Guten Tag",';

/**
 * JSON that is cheap to send and dear to parse. Most of it is cut off, or no mail: whoever parses it first would say that,
 * and not that it is too much.
 */
export function jsonBombs(sizeBytes = requestBytes): readonly Bomb[] {
  const bomb = (name: string, refusal: string, text: string, front = '', back = ''): Bomb => ({
    name,
    refusal,
    make: () => repeated(text, sizeBytes, front, back),
  });
  return [
    bomb('open brackets', 'depth', '['),
    bomb('brackets in a mail', 'depth', '[', `${mail}"metadata":`),
    bomb('open objects', 'depth', '{"a":'),
    bomb('brackets with white space', 'depth', '[ \n', '', '\\u0041'),
    bomb('empty arrays', 'members', '[],', '[', '0]'),
    bomb('empty objects', 'members', '{},', '[', '0]'),
    bomb('numbers', 'members', '1,', '[', '0]'),
    bomb('nulls', 'members', 'null,', '[', '0]'),
    bomb('empty texts', 'members', '"",', '[', '""]'),
    bomb('texts without commas', 'members', '""', '['),
    bomb('texts without an end', 'members', '"a":"', '{'),
    bomb('members with one escape', 'members', '"a":1,', '{"\\u0062":1,', '"c":1}'),
    bomb('members of a mail', 'members', '"a":1,', mail, '"c":1}'),
    bomb('recipients', 'members', '{"address":"a@b.example"},', '{"to":[', '0]}'),
    bomb('attachments', 'members', '{"content":""},', '{"attachments":[', '0]}'),
    bomb('metadata', 'members', '"a":"",', `${mail}"metadata":{`, '"b":""}}'),
    bomb('arrays within arrays', 'members', '[[]],', '[', '0]'),
    bomb('pairs', 'members', '["a",1],', '[', '0]'),
    bomb('forbidden names', 'members', '"__proto__":1,', '{', '"a":1}'),
    bomb('white space', 'plain-bytes', ' ', mail),
    bomb('line feeds', 'plain-bytes', '\n'),
    bomb('one number', 'plain-bytes', '1'),
    bomb('closing brackets', 'plain-bytes', ']'),
    bomb('escaped quotes', 'escapes', '\\"', `${mail}"html":"`, '"}'),
    bomb('escaped backslashes', 'escapes', '\\\\', `${mail}"html":"\\"`, '"}'),
    bomb('escaped line feeds', 'escapes', '\\n', `${mail}"html":"\\"`, '"}'),
  ];
}
