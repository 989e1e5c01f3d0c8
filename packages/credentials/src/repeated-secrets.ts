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
const mostSecrets = 16;
/** A longer text is searched, and kept only without any secret: to cut it would be too much work. */
const longestCutChars = 32 * 1024;
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

/** The encodings of a secret. */
function spellings(secret: string): readonly string[] {
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
  return [secret, ...byEscapes, ...encoded];
}

const character = (code: string, radix: number): string => {
  const value = Number.parseInt(code, radix);
  return value <= 0x10_ffff ? String.fromCodePoint(value) : '';
};

const escapes = /\\u[0-9a-f]{4}|&#x?[0-9a-f]{1,7};/gi;

/** Without the escapes of JSON and XML by which any text can be spelled. */
function unescaped(text: string): string {
  return text
    .replaceAll(/\\u([0-9a-f]{4})/gi, (_all, code: string) => character(code, 16))
    .replaceAll(/&#x([0-9a-f]{1,6});/gi, (_all, code: string) => character(code, 16))
    .replaceAll(/&#(\d{1,7});/g, (_all, code: string) => character(code, 10));
}

/** A short secret is meant only as a whole word. */
const asWord = (secret: string): string => `(?<![\\p{L}\\p{N}])${escaped(secret)}(?![\\p{L}\\p{N}])`;

const patternOf = (parts: readonly string[]): RegExp | undefined =>
  parts.length === 0 ? undefined : new RegExp(parts.join('|'), 'giu');

/** What to look for: words by a pattern, and the rest in lower case by a search that is quick in long texts. */
interface Wanted {
  readonly all: RegExp;
  readonly words: RegExp | undefined;
  readonly texts: readonly string[];
}

function wantedFor(secrets: Iterable<string>): Wanted | undefined {
  const known = [...secrets];
  const words = known.filter((secret) => secret.length < leastChars).map(asWord);
  const long = known.filter((secret) => secret.length >= leastChars).flatMap(spellings);
  const texts = [...new Set(long)].toSorted((a, b) => b.length - a.length);
  const all = patternOf([...texts.map(escaped), ...words]);
  return all && { all, words: patternOf(words), texts: texts.map((text) => text.toLowerCase()) };
}

function isIn(text: string, { words, texts }: Wanted): boolean {
  const lower = text.toLowerCase();
  return texts.some((one) => lower.includes(one)) || (words !== undefined && text.search(words) !== -1);
}

export function createRepeatedSecrets(): RepeatedSecrets {
  const known = new Set<string>();
  let wanted: Wanted | undefined;

  return {
    know(...secrets) {
      const told = secrets.filter((secret) => secret !== '');
      const isNews = told.some((secret) => !known.has(secret));
      for (const secret of told) {
        known.delete(secret);
        known.add(secret);
      }
      for (const oldest of known) {
        if (known.size <= mostSecrets) break;
        known.delete(oldest);
      }
      if (isNews) wanted = wantedFor(known);
    },
    cut(text) {
      if (wanted === undefined) return text;
      if (text.length > longestCutChars) {
        const plain = text.replaceAll(escapes, '?');
        return isIn(plain, wanted) ? mark : plain;
      }
      const plain = unescaped(text);
      const isSpelledOut = plain !== text && isIn(plain, wanted);
      if (!isSpelledOut && !isIn(text, wanted)) return text;
      return (isSpelledOut ? plain : text).replaceAll(wanted.all, mark);
    },
  };
}
