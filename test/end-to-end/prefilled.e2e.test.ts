/* Swagger UI fills its forms with the examples of the document. Whoever presses Execute gets what the document promises. */
import { test } from 'tap';
import { startStandaloneProcess } from './standalone-process.ts';

type Json = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? (value as Json) : {};
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

interface Operation {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Json[];
  readonly content: readonly (readonly [type: string, media: Json])[];
  readonly statuses: readonly string[];
}

function operationsOf(document: Json): readonly Operation[] {
  return Object.entries(fieldsOf(document['paths'])).flatMap(([path, item]) =>
    Object.entries(fieldsOf(item)).map(([method, described]) => {
      const { parameters, requestBody, responses } = fieldsOf(described);
      return {
        name: `${method.toUpperCase()} ${path}`,
        method: method.toUpperCase(),
        path,
        parameters: listOf(parameters).map(fieldsOf),
        content: Object.entries(fieldsOf(fieldsOf(requestBody)['content'])).map(
          ([type, media]) => [type, fieldsOf(media)] as const,
        ),
        statuses: Object.keys(fieldsOf(responses)),
      };
    }),
  );
}

/** What Swagger UI fills a field with; undefined: it stays empty. Examples in the schema of a parameter are only shown. */
function prefilled({ example, examples, schema }: Json): unknown {
  const [named] = Object.values(fieldsOf(examples));
  return example ?? fieldsOf(named)['value'] ?? fieldsOf(schema)['default'];
}

function requestOf({ path, parameters, content: [body] }: Operation) {
  const query = new URLSearchParams();
  const headers = new Headers();
  const empty: string[] = [];
  let address = path;
  for (const parameter of parameters) {
    const name = String(parameter['name']);
    const given = prefilled(parameter);
    if (given === undefined) {
      if (parameter['required'] === true) empty.push(name);
      continue;
    }
    const value = typeof given === 'string' ? given : JSON.stringify(given);
    if (parameter['in'] === 'path') address = address.replace(`{${name}}`, encodeURIComponent(value));
    if (parameter['in'] === 'query') query.append(name, value);
    if (parameter['in'] === 'header') headers.set(name, value);
  }
  if (body === undefined) return { url: `${address}?${query}`, headers, empty };
  const [type, media] = body;
  const value = prefilled(media);
  if (value === undefined) empty.push('body');
  headers.set('content-type', type);
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { url: `${address}?${query}`, headers, empty, body: text };
}

/** What an example names is not there yet, or no longer possible. The request itself is right. */
const isNothingYet = (status: number): boolean => [401, 403, 404, 409].includes(status);

test('every operation answers as documented when it is executed as Swagger UI fills it', async (t) => {
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  const document = fieldsOf((await service.call('GET', '/openapi.json')).body);
  const operations = operationsOf(document);
  t.ok(operations.length > 100, `${operations.length} operations`);
  for (const operation of operations) {
    const { name, method } = operation;
    const { url, headers, empty, body } = requestOf(operation);
    t.strictSame(empty, [], `${name}: what is required is filled in`);
    headers.set('authorization', `Bearer ${service.key}`);
    const response = await fetch(service.api + url, {
      method,
      headers,
      ...(body === undefined ? {} : { body }),
    });
    const isStream = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
    const text = isStream ? '' : await response.text();
    if (isStream) await response.body?.cancel();
    if (response.ok) {
      t.pass(`${name} ${response.status}`);
      continue;
    }
    const isDocumented = operation.statuses.includes(`${response.status}`);
    t.ok(isDocumented && isNothingYet(response.status), `${name} ${response.status} ${text}`);
  }
});

test('what may be left out is left empty', async (t) => {
  const service = await startStandaloneProcess(`${t.testdir()}/data`);
  t.teardown(() => service.kill());
  const document = fieldsOf((await service.call('GET', '/openapi.json')).body);
  const filled = operationsOf(document).flatMap(({ name, parameters }) =>
    parameters
      .filter((parameter) => parameter['required'] !== true && 'example' in parameter)
      .map((parameter) => `${name} ${String(parameter['name'])}`),
  );
  t.same(filled, [], 'a filter that nobody asked for, or a time that has passed');
});
