/*
 * The address lists of a finished message (RFC 5322 §3.4): what From, Sender, To, Cc and Bcc name.
 *
 * Every address that a reader of the message can see as one is either in the result, or its place is: a lenient parser
 * reads `a@b.example c@d.example` as one recipient with a name, and the other one gets nothing and is not missed. So an
 * entry is a bare address, or words and one address in angle brackets; comments and groups may be around it. Whether an
 * address is one of ours is decided by its own grammar, not here. Linear in the length of the field; nothing is thrown.
 */

/** An entry of a list, by its place among the entries. */
export interface ListedAddress {
  readonly index: number;
  /** null: the entry is not one address. */
  readonly address: string | null;
}

type Token =
  | { readonly kind: 'word' | 'quoted' | 'angle'; readonly text: string }
  | { readonly kind: ',' | ':' | ';' | 'broken' };

/** A quoted string, an address in angle brackets, a delimiter, or characters without any of these and white space. */
const token = /"(?:[^"\\]|\\.)*"|<[^<>]*>|[,:;]|[^\s",:;<>()]+|\s+|./gsu;

/** The text without its comments, which may be nested; null where one does not end. */
function withoutComments(text: string): string | null {
  if (!text.includes('(')) {
    return text;
  }
  let depth = 0;
  let isQuoted = false;
  let kept = '';
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    const isEscape = character === '\\' && (isQuoted || depth > 0);
    if (character === '"' && depth === 0) {
      isQuoted = !isQuoted;
    }
    const opens = character === '(' && !isQuoted;
    depth += opens ? 1 : 0;
    if (depth === 0) {
      kept += isEscape ? text.slice(at, at + 2) : character;
    }
    if (character === ')' && depth > 0) {
      depth -= 1;
      kept += depth === 0 ? ' ' : '';
    }
    at += isEscape ? 1 : 0;
  }
  return depth === 0 ? kept : null;
}

function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(token)].flatMap(([found]): Token[] => {
    const first = found.charAt(0);
    if (found.trim() === '') {
      return [];
    }
    if (found === ',' || found === ':' || found === ';') {
      return [{ kind: found }];
    }
    if (first === '"' && found.length > 1) {
      return [{ kind: 'quoted', text: found }];
    }
    if (first === '<' && found.length > 1) {
      return [{ kind: 'angle', text: found.slice(1, -1).trim() }];
    }
    return ['"', '<', '>', '(', ')'].includes(found) ? [{ kind: 'broken' }] : [{ kind: 'word', text: found }];
  });
}

/** The address of an entry; null where it is not one, undefined where the entry is empty. */
function addressOf(entry: readonly Token[]): string | null | undefined {
  const last = entry.at(-1);
  if (last === undefined) {
    return undefined;
  }
  const before = entry.slice(0, -1);
  if (last.kind === 'angle') {
    const isName = before.every((one) => one.kind === 'quoted' || isNameWord(one, last.text));
    return isName ? last.text : null;
  }
  return last.kind === 'word' && before.length === 0 ? last.text : null;
}

/** A word of a name is no address, unless it is the very one that follows. */
function isNameWord(one: Token, address: string): boolean {
  return one.kind === 'word' && (!one.text.includes('@') || one.text.toLowerCase() === address.toLowerCase());
}

/** What a field names, in its order. */
export function readAddressList(value: string): readonly ListedAddress[] {
  const text = withoutComments(value);
  if (text === null) {
    return [{ index: 0, address: null }];
  }
  const listed: ListedAddress[] = [];
  let entry: Token[] = [];
  let isInGroup = false;
  const endEntry = (): void => {
    const address = addressOf(entry);
    entry = [];
    if (address !== undefined) {
      listed.push({ index: listed.length, address });
    }
  };
  const refuse = (): void => {
    entry = [];
    listed.push({ index: listed.length, address: null });
  };
  for (const one of tokensOf(text)) {
    if (one.kind === ',') {
      endEntry();
    } else if (one.kind === ':') {
      const isGroupName = !isInGroup && entry.length > 0 && entry.every((word) => isGroupWord(word));
      if (isGroupName) {
        entry = [];
      } else {
        refuse();
      }
      isInGroup = true;
    } else if (one.kind === ';') {
      if (isInGroup) {
        endEntry();
      } else {
        refuse();
      }
      isInGroup = false;
    } else {
      entry.push(one);
    }
  }
  endEntry();
  return isInGroup ? [...listed, { index: listed.length, address: null }] : listed;
}

function isGroupWord(one: Token): boolean {
  return one.kind === 'quoted' || (one.kind === 'word' && !one.text.includes('@'));
}
