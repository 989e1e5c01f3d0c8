/** Finished messages that nobody sane would write, the same ones for the same seed. */

type Draw = (below: number) => number;

/** xorshift32 */
function drawFrom(seed: number): Draw {
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state >>>= 0;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state % below;
  };
}

const fileNames = [
  'Rechnung.pdf',
  '=?utf-8?Q?=DCberweisung.pdf?=',
  '=?utf-8?Q?%E0%A4%A?=',
  '=?utf-8?B?4pyTIPCfk?= =?utf-8?B?!!!?=',
  '=?no-such-charset?Q?=FF=00?=',
  '=?utf-8*de?Q?=C3=BC?=',
  '=?=?=?=',
  '\u{1F4C4}\u202Egnp.exe',
  '../../../etc/passwd',
  'a'.repeat(2000),
  '"; name="x',
  '',
];
const parameters = [
  'filename="$"',
  'filename=$',
  "filename*=utf-8''%DC%ZZ$",
  "filename*=''%",
  "filename*0*=utf-8''%C3; filename*1*=%BC; filename*3=$",
  'filename*0="$"; filename*0="$"',
  '__proto__="$"; filename="$"',
  'filename',
];
const contentTypes = [
  'application/pdf',
  'application/pdf; name="=?utf-8?Q?=DC?="',
  'text/plain; charset=utf-16',
  'message/rfc822',
  'multipart/mixed; boundary=inner',
  '/;;=',
  'application/pkcs7-mime; smime-type=enveloped-data',
];
const encodings = ['base64', 'Base64 ', 'quoted-printable', '7bit', 'x-uuencode', ''];
const bodies = [
  'QUJD',
  'Q U J D ====',
  '\u00ff\u0000'.slice(0, 1),
  '=DC=',
  '--inner--',
  '',
  'x'.repeat(1500),
];
const addresses = [
  'a@example.com',
  'a@example.com, "B, C" <b@example.com>',
  'kunde@m\u00fcller.example',
  'group: a@example.com, b@example.com;',
  '=?utf-8?Q?=DC?= <a@example.com>',
  '<<a@example.com>>, ((((',
  '"\\',
];
const subjects = ['Rechnung', '=?utf-8?Q?=DC?=', '\u00dc', '=?x?', 'x'.repeat(1200), '\u202E'];
const lineEnds = ['\r\n', '\r\n', '\r\n', '\n', '\r'];
const boundaries = ['b1', '"b 1"', "'()+_,-./:=?", '', 'b"1', 'b'.repeat(80)];

export function fuzzedMessage(seed: number): Buffer {
  const draw = drawFrom(seed + 1);
  const one = <Value>(values: readonly Value[]): Value => {
    const value = values[draw(values.length)];
    if (value === undefined) throw new RangeError('Nothing to choose from');
    return value;
  };
  const boundary = one(boundaries);
  const part = (): string[] => {
    const parameter = one(parameters).replaceAll('$', () => one(fileNames));
    return [
      `--${boundary.replaceAll('"', '')}`,
      `Content-Type: ${one(contentTypes)}`,
      ...(draw(4) === 0
        ? []
        : [`Content-Disposition: ${one(['attachment', 'ATTACHMENT', 'inline', ';'])}; ${parameter}`]),
      `Content-Transfer-Encoding: ${one(encodings)}`,
      ...(draw(9) === 0 ? ['no field at all'] : []),
      ...(draw(9) === 0 ? [] : ['']),
      one(bodies),
    ];
  };
  const lines = [
    'From: ERP <erp@acme.example>',
    `To: ${one(addresses)}`,
    ...(draw(3) === 0 ? [`Cc: ${one(addresses)}`] : []),
    ...(draw(5) === 0 ? [`Bcc: ${one(addresses)}`] : []),
    `Subject: ${one(subjects)}`,
    ...(draw(4) === 0 ? [] : ['MIME-Version: 1.0']),
    ...(draw(8) === 0 ? ['Message-ID: <x@y>'] : []),
    ...(draw(9) === 0 ? [' folded', '\tand again'] : []),
    draw(5) === 0
      ? `Content-Type: ${one(contentTypes)}`
      : `Content-Type: multipart/${one(['mixed', 'MIXED', 'signed', 'alternative'])}; boundary=${boundary.includes('"') || draw(2) === 0 ? boundary : `"${boundary}"`}`,
    ...(draw(9) === 0 ? ['Content-Transfer-Encoding: base64'] : []),
    '',
    ...Array.from({ length: draw(4) }, part).flat(),
    ...(draw(5) === 0 ? [] : [`--${boundary.replaceAll('"', '')}--`]),
    ...(draw(2) === 0 ? [''] : []),
  ];
  const bytes = Buffer.from(lines.join(one(lineEnds)), draw(6) === 0 ? 'latin1' : 'utf8');
  // Some bytes of it are wrong.
  for (let left = draw(3) === 0 ? draw(4) : 0; left > 0; left -= 1) bytes[draw(bytes.length)] = draw(256);
  return draw(12) === 0 ? bytes.subarray(0, draw(bytes.length)) : bytes;
}
