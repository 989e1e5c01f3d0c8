/** A pattern that forbids one character and nothing else: `^[^\\u0000]*$`. */
const withoutOne = /^\^\[\^(\\u[0-9A-Fa-f]{4})\]\*\$$/;

interface Matcher {
  test(text: string): boolean;
  /** Ajv's key of it: unlike that of any other pattern. */
  toString(): string;
}

/**
 * What matches the `pattern` of a schema. Texts may be as long as a request, and to look for one character takes a
 * fortieth of the time of an expression that looks at every one.
 */
export const createMatcher = Object.assign(matcherOf, { code: 'new RegExp' });

function matcherOf(pattern: string, flags: string): Matcher {
  const forbidden = withoutOne.exec(pattern)?.[1];
  if (forbidden === undefined) return new RegExp(pattern, flags);
  const occurs = new RegExp(forbidden, flags);
  return { test: (text) => !occurs.test(text), toString: () => `not ${occurs}` };
}
