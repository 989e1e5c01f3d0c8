/*
 * Servers repeat what they were sent: in the reply to a command they do not like, in a later one, in a fault, in a header, as it
 * was or encoded. What is logged, stored or shown of a server's words must not contain a secret, so they are cut out
 * where the words arrive.
 */

/** Secrets that a server was told, and texts of it without them. */
export interface RepeatedSecrets {
  /** From now on, cuts these too. The latest are remembered. */
  know(...secrets: readonly string[]): void;
  /** The text without any known secret, in whichever of the usual encodings. */
  cut(text: string): string;
}

const mark = '[secret]';
/** Each token and each message of a sign-in is one; a server repeats the latest. */
const mostSecrets = 32;
/** Shorter than this, a part of any text could be meant. */
const leastChars = 4;
const leastEncodedChars = 8;

const escaped = (text: string): string => RegExp.escape(text);

const percentEncoded = (bytes: Buffer): string =>
  bytes.toString('hex').replaceAll(/../g, (byte) => `%${byte}`);

const xmlEscaped = (text: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&apos;');

/** What base64 of any text around the bytes contains of them, for the three places at which they may begin. */
function withinBase64(bytes: Buffer): readonly string[] {
  return [0, 1, 2].flatMap((before) => {
    const text = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    const start = Math.ceil((before * 8) / 6);
    const own = text.slice(start, Math.floor(((before + bytes.length) * 8) / 6));
    return [own, own.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** The encodings of a secret as parts of a regular expression. */
function spellings(secret: string): readonly string[] {
  if (secret.length < leastChars) return [`(?<![\\p{L}\\p{N}])${escaped(secret)}(?![\\p{L}\\p{N}])`];
  const bytes = Buffer.from(secret, 'utf8');
  const encoded = [...withinBase64(bytes), bytes.toString('hex')].filter(
    (text) => text.length >= leastEncodedChars,
  );
  const byEscapes = [
    encodeURIComponent(secret.toWellFormed()),
    new URLSearchParams({ s: secret }).toString().slice(2),
    percentEncoded(bytes),
    xmlEscaped(secret),
    JSON.stringify(secret).slice(1, -1),
  ];
  return [secret, ...byEscapes, ...encoded].map(escaped);
}

const character = (code: string, radix: number): string => {
  const value = Number.parseInt(code, radix);
  return value <= 0x10_ffff ? String.fromCodePoint(value) : '';
};

/** Without the escapes of JSON and XML by which any text can be spelled. */
function unescaped(text: string): string {
  return text
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_all, code: string) => character(code, 16))
    .replaceAll(/&#x([0-9a-f]{1,6});/gi, (_all, code: string) => character(code, 16))
    .replaceAll(/&#(\d{1,7});/g, (_all, code: string) => character(code, 10));
}

export function createRepeatedSecrets(): RepeatedSecrets {
  const known = new Map<string, readonly string[]>();
  let pattern: RegExp | undefined;

  const remember = (secret: string): void => {
    const spelled = known.get(secret) ?? spellings(secret);
    known.delete(secret);
    known.set(secret, spelled);
    const [oldest] = known.keys();
    if (known.size > mostSecrets && oldest !== undefined) known.delete(oldest);
  };

  return {
    know(...secrets) {
      const before = known.size;
      const isNews = secrets.some((secret) => secret !== '' && !known.has(secret));
      for (const secret of secrets) if (secret !== '') remember(secret);
      if (!isNews && known.size === before) return;
      const all = [...new Set([...known.values()].flat())].toSorted((a, b) => b.length - a.length);
      pattern = new RegExp(all.join('|'), 'giu');
    },
    cut(text) {
      if (pattern === undefined) return text;
      const plain = unescaped(text);
      const isSpelledOut = plain !== text && plain.search(pattern) !== -1;
      return (isSpelledOut ? plain : text).replaceAll(pattern, mark);
    },
  };
}
