import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Schema } from './values.ts';

/** A parameter of an operation, as the document describes it. */
export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

/** One operation of the OpenAPI document. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  /** With `{names}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** By media type. */
  readonly bodies: Readonly<Record<string, Body>>;
}

/** A body as the document describes it. */
export interface Body {
  readonly schema: Schema;
  readonly examples: readonly unknown[];
}

interface DocumentBody {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface DocumentOperation {
  readonly operationId: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, DocumentBody>> };
  readonly responses: Readonly<Record<string, DocumentResponse | { readonly $ref: string }>>;
}

interface DocumentResponse {
  readonly content?: Readonly<Record<string, object>>;
}

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentOperation>>>>;
  readonly components?: {
    readonly schemas?: Readonly<Record<string, Schema>>;
    readonly responses?: Readonly<Record<string, DocumentResponse>>;
  };
}

/** An answer of the service. */
export interface Answer {
  readonly status: number;
  readonly type: string | undefined;
  readonly body: string;
}

const pointerPart = (text: string): string =>
  encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));

function bodyOf({ schema, example, examples = {} }: DocumentBody): Body {
  const several = Object.values(examples).map(({ value }) => value);
  return { schema, examples: example === undefined ? several : [example, ...several] };
}

/** Reads the document: what can be asked, and what is wrong with an answer by it. */
export function readOpenApi(document: OpenApi) {
  const ajv = new Ajv2020({ strict: false, validateFormats: false, validateSchema: false, allErrors: false });
  ajv.addSchema(document, 'openapi');
  const described = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const byId = new Map(described.map((one) => [one.operation.operationId, one]));
  const operations = described.map(({ path, method, operation }): Operation => {
    const content = Object.entries(operation.requestBody?.content ?? {});
    return {
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      parameters: operation.parameters ?? [],
      bodies: Object.fromEntries(content.map(([type, body]) => [type, bodyOf(body)])),
    };
  });

  function wrongWith({ id }: Pick<Operation, 'id'>, { status, type, body }: Answer): string | undefined {
    const known = byId.get(id);
    const answer = known?.operation.responses[status];
    if (known === undefined || answer === undefined) return `status ${status} is not documented`;
    const isShared = '$ref' in answer;
    const name = isShared ? (answer.$ref.split('/').at(-1) ?? '') : '';
    const response = isShared ? (document.components?.responses?.[name] ?? {}) : answer;
    const media = type?.split(';')[0]?.trim();
    if (response.content === undefined) return body === '' ? undefined : `${status} has a body`;
    if (media === undefined || !(media in response.content))
      return `${status} is ${media}, which is not documented`;
    if (!/[/+]json$/.test(media)) return undefined;
    const place = isShared
      ? ['components', 'responses', name]
      : ['paths', known.path, known.method, 'responses', `${status}`];
    const at = [...place, 'content', media, 'schema'];
    const validate = ajv.getSchema(`openapi#/${at.map(pointerPart).join('/')}`);
    if (validate === undefined) return `${status} has no schema`;
    if (validate(JSON.parse(body)) === true) return undefined;
    const [error] = validate.errors ?? [];
    return `${status} breaks its schema: ${error?.instancePath.replaceAll(/\d+/g, 'N')} ${error?.message}`;
  }

  return {
    operations,
    wrongWith,
    resolve(schema: Schema): Schema {
      const reference = schema['$ref'];
      const name = typeof reference === 'string' ? (reference.split('/').at(-1) ?? '') : '';
      return document.components?.schemas?.[name] ?? schema;
    },
  };
}
