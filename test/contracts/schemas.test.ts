import { test } from 'tap';
import { Value } from '@sinclair/typebox/value';
import {
  AddressSchema,
  classOf,
  concernsServer,
  ConnectionTestRequestSchema,
  CreateApiKeySchema,
  failure,
  failureClassTexts,
  type FailureCode,
  FailureSchema,
  failureTexts,
  finding,
  findingTexts,
  MailRequestSchema,
  OutgoingServerPatchSchema,
  problem,
  problemCodes,
  problemType,
  ProblemTypeSchema,
  ProblemSchema,
  RevertSchema,
  withClass,
} from '@postausgang/contracts';

interface JsonSchema {
  readonly [keyword: string]: unknown;
  readonly type?: string;
  readonly properties?: Record<string, JsonSchema>;
  readonly patternProperties?: Record<string, JsonSchema>;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

function openObjects(schema: JsonSchema, path = ''): string[] {
  const own =
    schema.type === 'object' && schema.additionalProperties === undefined && !schema.patternProperties;
  const children = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
    openObjects(child, `${path}/${name}`),
  );
  const items = schema.items ? openObjects(schema.items, `${path}[]`) : [];
  const variants = (schema.anyOf ?? []).flatMap((child) => openObjects(child, path));
  return [...(own ? [path || '/'] : []), ...children, ...items, ...variants];
}

test('closes every object of a request body', async (t) => {
  const bodies = {
    MailRequestSchema,
    OutgoingServerPatchSchema,
    CreateApiKeySchema,
    RevertSchema,
    ConnectionTestRequestSchema,
  };
  for (const [name, schema] of Object.entries(bodies)) {
    t.same(openObjects(schema), [], name);
  }
});

test('refuses control characters in a line of text', async (t) => {
  for (const character of ['\u0000', '\t', '\n', '\r', '\u007f', '\u0085', '\u2028']) {
    t.notOk(
      Value.Check(AddressSchema, { name: `a${character}b`, address: 'a@example.com' }),
      escape(character),
    );
  }
  t.ok(Value.Check(AddressSchema, { name: 'Jürgen Groß 😀', address: 'a@example.com' }));
});

test('describes every problem, finding and failure with its code', async (t) => {
  for (const code of problemCodes) {
    const body = problem(code, { detail: 'why', findings: [finding('/smtp/port', 'port-out-of-range')] });
    t.ok(Value.Check(ProblemSchema, body), code);
    t.equal(body.type, `/problems/${code}`);
    const meaning = problemType(code);
    t.ok(Value.Check(ProblemTypeSchema, meaning), code);
    const { title, cause, remedy } = meaning;
    t.equal(body.title, title.en);
    t.match(meaning, { type: body.type, code, status: body.status, retriable: body.retriable });
    t.notMatch(Object.values(title).join(' '), /\.|^$/, 'a title is no sentence');
    for (const { en, de } of [cause, remedy]) {
      for (const text of [en, de]) t.match(text, /^[A-ZÄÖÜ].*[^.]\.$/, code);
    }
    for (const { en, de } of [title, cause, remedy]) t.not(en, de, code);
  }
  for (const text of [...Object.values(findingTexts), ...Object.values(failureTexts)]) {
    t.match(text, { en: /\.$/, de: /\.$/ });
    t.not(text.en, text.de);
  }
  const told = { code: 'timeout', class: 'transient', ...failureTexts.timeout, detail: 'x' } as const;
  t.same(failure('timeout', 'x'), told);
  const { class: _class, ...older } = told;
  t.ok(Value.Check(FailureSchema, older), 'older events have no class');
  t.same(withClass(older), told);
  t.equal(withClass(null), null);
  for (const code of Object.keys(failureTexts) as FailureCode[]) {
    t.ok(classOf(code) in failureClassTexts, code);
    t.equal(concernsServer(code) && classOf(code) === 'permanent', false, code);
  }
});
