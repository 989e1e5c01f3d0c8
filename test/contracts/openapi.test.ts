import { readFileSync } from 'node:fs';
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

test('operations have names that no generator makes twice', async (t) => {
  const ids = places.flatMap(({ node }) =>
    typeof node['operationId'] === 'string' ? [node['operationId']] : [],
  );
  t.ok(ids.length > 60);
  // One operation becomes a method and one for its raw answer in several languages.
  const made = ids.flatMap((id) => [id, `${id}Raw`, `${id}WithHttpInfo`, `${id}Async`]);
  t.equal(new Set(made.map((name) => name.toLowerCase())).size, made.length);
});
