import { readFileSync } from 'node:fs';
import { scopes } from '@postausgang/contracts';
import { test } from 'tap';
import { parse } from 'yaml';
import { openApiFile, openApiYaml } from '../tooling/openapi-document.ts';

const text = readFileSync(openApiFile, 'utf8');
const document: unknown = parse(text);

type Json = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Place {
  readonly path: string;
  readonly node: Json;
}

/** All objects of the document that are not examples. */
function placesOf(node: unknown, path = ''): readonly Place[] {
  if (Array.isArray(node)) return node.flatMap((one, index) => placesOf(one, `${path}/${index}`));
  if (!isObject(node)) return [];
  const below = Object.entries(node).flatMap(([key, value]) =>
    /^examples?$/.test(key) && !path.endsWith('/properties') ? [] : placesOf(value, `${path}/${key}`),
  );
  return [{ path, node }, ...below];
}

const places = placesOf(document);
const where = (test: (place: Place) => boolean): readonly string[] =>
  places.filter(test).map(({ path }) => path);

/** Names of all schemas that a request leads to. */
function requested(): ReadonlySet<string> {
  const found = new Set<string>();
  const follow = (part: readonly Place[]): void => {
    for (const { node } of part) {
      const name = typeof node['$ref'] === 'string' ? (node['$ref'].split('/').at(-1) ?? '') : '';
      if (name === '' || found.has(name)) continue;
      found.add(name);
      follow(places.filter(({ path }) => path.startsWith(`/components/schemas/${name}/`)));
    }
  };
  follow(places.filter(({ path }) => /^\/paths.*\/(?:requestBody|parameters)\//.test(path)));
  return found;
}

test('docs/openapi.yaml is what the routes say (npm run generate:openapi writes it)', async (t) => {
  t.ok(text === (await openApiYaml()), 'run npm run generate:openapi');
});

test('the document has only what generators of clients understand', async (t) => {
  const isInteger = ({ node }: Place): boolean => [node['type']].flat().includes('integer');
  t.ok(where(isInteger).length > 100, 'integers are looked at');
  t.same(
    where((place) => isInteger(place) && !/^int(?:32|64)$/.test(String(place.node['format']))),
    [],
    'integers without a size',
  );
  t.same(
    where(({ node }) => typeof node['pattern'] === 'string' && /\\u|[^\x20-\x7e]/.test(node['pattern'])),
    [],
    'patterns that RE2 or PCRE do not read',
  );
  t.same(
    where(({ node }) => {
      const variants = Array.isArray(node['anyOf']) ? node['anyOf'] : [];
      return variants.some((one) => one.type === 'null') && variants.every((one) => !('$ref' in one));
    }),
    [],
    'null beside a schema',
  );
  t.ok(where(({ node }) => node['format'] === 'date-time').length > 50, 'instants are date-time');
});

test('objects and unions have names, and a union says that a value is one of its variants', async (t) => {
  const isNamed = ({ path }: Place): boolean => /^\/components\/schemas\/[^/]+$/.test(path);
  const variantsOf = ({ node }: Place): readonly unknown[] => [node['oneOf'] ?? node['anyOf'] ?? []].flat();
  const isType = (place: Place): boolean =>
    isObject(place.node['properties']) ||
    variantsOf(place).filter((one) => !isObject(one) || one['type'] !== 'null').length > 1;
  t.ok(where((place) => isNamed(place) && isType(place)).length > 150);
  t.same(
    where((place) => isType(place) && !isNamed(place)),
    [],
  );
  t.same(
    where(({ node }) => Array.isArray(node['anyOf']) && node['anyOf'].every((one) => one.type !== 'null')),
    [],
  );
});

test('a request has one form of body, and dates in addresses are texts', async (t) => {
  const bodies = places.filter(({ path }) => path.endsWith('/requestBody/content'));
  t.ok(bodies.length > 40);
  const formsOf = ({ node }: Place): number =>
    new Set(Object.values(node).map((media) => JSON.stringify(isObject(media) ? media['schema'] : media)))
      .size;
  t.same(
    bodies.filter((body) => formsOf(body) !== 1).map(({ path }) => path),
    [],
  );
  t.same(
    where(({ path, node }) => path.includes('/parameters/') && node['format'] === 'date-time'),
    [],
  );
});

test('dates that must lie ahead are not shown as dates that have passed', async (t) => {
  const names = requested();
  const ahead = places.filter(
    ({ path }) =>
      /\/properties\/(?:sendAt|notAfter|expiresAt)$/.test(path) && names.has(path.split('/')[3] ?? ''),
  );
  t.ok(ahead.length > 5);
  for (const { path, node } of ahead) t.same(node['examples'], [null], path);
  t.notMatch(text, /DTSTART:20[0-8]/);
});

test('what an operator may open to everybody needs a key', async (t) => {
  for (const path of ['/problems', '/problems/{code}', '/metrics', '/version', '/openapi.json']) {
    const operation = operations.find((one) => one.path === `/paths/${path}/get`)?.node;
    t.same(operation?.['security'], [{ bearer: [] }], path);
  }
});

test('values of answers are open, so that a new code breaks no client', async (t) => {
  const names = requested();
  const isAnswer = ({ path }: Place): boolean => {
    const [, kind, section, name = ''] = path.split('/');
    if (kind === 'paths') return path.includes('/responses/');
    return section === 'responses' || (section === 'schemas' && !names.has(name));
  };
  t.ok(names.has('MailRequest') && !names.has('MailStatus'));
  t.same(
    where((place) => isAnswer(place) && Array.isArray(place.node['enum'])),
    [],
  );
  const open = where((place) => isAnswer(place) && 'x-extensible-enum' in place.node);
  t.ok(open.length > 40, `${open.length} open values`);
});

const operations = places.filter(({ path }) =>
  /^\/paths\/[^/]*(?:\/[^/]*)*\/(?:get|put|post|patch|delete)$/.test(path),
);
const component = ({ $ref, ...node }: Json): Json => {
  const of = typeof $ref === 'string' ? places.find(({ path }) => `#${path}` === $ref)?.node : undefined;
  return of ?? { $ref, ...node };
};
const answersOf = (status: RegExp): readonly Place[] =>
  operations.flatMap(({ path, node }) => {
    const answers = isObject(node['responses']) ? Object.entries(node['responses']) : [];
    return answers.flatMap(([name, answer]) =>
      status.test(name) && isObject(answer) ? [{ path: `${path}/${name}`, node: component(answer) }] : [],
    );
  });
const without = (header: string, answers: readonly Place[]): readonly string[] =>
  answers
    .filter(({ node }) => !isObject(node['headers']) || !(header in node['headers']))
    .map(({ path }) => path);

test('answers name the headers that a client needs', async (t) => {
  t.ok(operations.length > 80, `${operations.length} operations`);
  t.same(without('WWW-Authenticate', answersOf(/^401$/)), []);
  t.same(
    without(
      'Retry-After',
      answersOf(/^(?:429|503)$/).filter(({ path }) => !path.includes('/health/')),
    ),
    [],
  );
  t.same(
    without('Location', answersOf(/^201$/)).filter((path) => !path.includes('session')),
    [],
  );
  const resources = answersOf(/^200$/).filter(({ path }) =>
    /\/(?:outgoing-servers|senders|certificates|exchange-connections)\/\{id\}\/(?:get|put|patch)\/200$/.test(
      path,
    ),
  );
  t.ok(resources.length > 9);
  t.same(without('ETag', resources), []);
});

test('every problem is shown by an example', async (t) => {
  const answers = places.filter(({ path }) => /^\/components\/responses\/[^/]+$/.test(path));
  t.ok(answers.length > 20);
  const shown = (node: Json): boolean => /"examples?":/.test(JSON.stringify(node));
  t.same(
    answers.filter(({ node }) => !shown(node)).map(({ path }) => path),
    [],
  );
});

test('the document says what scopes allow, and who stands behind it', async (t) => {
  t.match(document, { info: { license: { name: 'Apache 2.0' }, contact: { name: /\w/ } } });
  const { description } = places.find(({ path }) => path.endsWith('/securitySchemes/bearer'))?.node ?? {};
  for (const scope of scopes) t.match(description, `\`${scope}\``);
  t.match(description, /admin\.key/, 'where the first key is');
});

test('operations have names that no generator makes twice', async (t) => {
  const ids = places.flatMap(({ node }) =>
    typeof node['operationId'] === 'string' ? [node['operationId']] : [],
  );
  t.ok(ids.length > 60);
  // One operation becomes a method and one for its raw answer in several languages.
  const made = ids.flatMap((id) => [id, `${id}Raw`, `${id}WithHttpInfo`, `${id}Async`]);
  t.equal(new Set(made.map((name) => name.toLowerCase())).size, made.length);
});
