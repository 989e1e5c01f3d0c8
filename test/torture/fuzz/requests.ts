/*
 * Requests made from the OpenAPI document, which get deeper the more answers have come: ids, cursors and versions that the
 * service has named are asked for again.
 */
import type { Chance } from './chance.ts';
import type { Answer, Operation, Parameter } from './operations.ts';
import { createValues, type Resolve } from './values.ts';

/** A request as it goes out. */
export interface FuzzRequest {
  readonly operation: Operation;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** What the service has named so far. */
interface Known {
  /** Ids by the first part of the path. */
  readonly ids: Map<string, string[]>;
  readonly etags: Map<string, string>;
  readonly cursors: string[];
}

const mostIds = 50;
const collectionOf = (path: string): string => path.split('/')[2] ?? '';
const printable = (text: string): string => text.replaceAll(/[^\t\x20-\x7e\xa0-\xff]/g, '?');

interface RequestOptions {
  readonly chance: Chance;
  readonly resolve: Resolve;
  /** Bodies beside the examples of the document, by operation. */
  readonly examples: Readonly<Record<string, readonly unknown[]>>;
  /** How the requests are authenticated, most of the time. */
  readonly authorization: string;
}

export function createRequests({ chance, resolve, authorization, examples }: RequestOptions) {
  const known: Known = { ids: new Map(), etags: new Map(), cursors: [] };
  const { valueFor, variant, oddText } = createValues(chance, resolve, 0.04);

  const inPath = (path: string, { name, schema }: Parameter): string => {
    if (path.startsWith('/v1/outgoing-servers') && name === 'id' && chance.happens(0.9)) return 'default';
    if (name === 'version') return `${chance.below(6)}`;
    const seen = known.ids.get(collectionOf(path)) ?? [];
    const id = chance.happens(0.85) ? chance.pick(seen) : undefined;
    const text = id ?? (chance.happens(0.5) ? oddText() : String(valueFor(schema)));
    return encodeURIComponent(text.toWellFormed()) || '%20';
  };
  const inQuery = ({ name, schema, required }: Parameter): readonly string[] => {
    if (required !== true && chance.happens(0.85)) return [];
    const cursor = name === 'cursor' && chance.happens(0.8) ? chance.pick(known.cursors) : undefined;
    const isVersion = (name === 'from' || name === 'to') && chance.happens(0.8);
    const values = [isVersion ? chance.below(6) : (cursor ?? valueFor(schema))].flat();
    return values.map((value) => `${name}=${encodeURIComponent(String(value).toWellFormed())}`);
  };
  const inHeader = (path: string, { name, schema, required }: Parameter): string | undefined => {
    if (name === 'if-match' && chance.happens(0.9)) return known.etags.get(path) ?? '"0"';
    if (name === 'prefer') return printable(chance.pick(['respond-async', 'wait=0', 'wait=1', oddText()]));
    return required === true || chance.happens(0.3) ? printable(String(valueFor(schema))) : undefined;
  };
  const bodyOf = ({
    id,
    bodies,
  }: Operation): { readonly type: string; readonly text: string } | undefined => {
    const type = chance.pick(Object.keys(bodies));
    const described = type === undefined ? undefined : bodies[type];
    if (type === undefined || described === undefined || chance.happens(0.02)) return undefined;
    if (type === 'message/rfc822') {
      const subject = printable(oddText());
      return {
        type,
        text: `From: erp@acme.example\r\nTo: ${printable(oddText())}\r\nSubject: ${subject}\r\n\r\nx`,
      };
    }
    const json = JSON.stringify(variant(described.schema, examples[id] ?? described.examples));
    const text = chance.happens(0.02) ? json.slice(0, chance.below(json.length)) : json;
    return { type: chance.happens(0.02) ? 'text/plain' : type, text };
  };

  return {
    next(operation: Operation): FuzzRequest {
      const { method, parameters } = operation;
      let { path } = operation;
      for (const parameter of parameters.filter((one) => one.in === 'path')) {
        path = path.replace(`{${parameter.name}}`, inPath(operation.path, parameter));
      }
      const query = parameters.filter((one) => one.in === 'query').flatMap(inQuery);
      if (chance.happens(0.02)) query.push(`${encodeURIComponent(oddText().toWellFormed())}=x`);
      const headers: Record<string, string> = {};
      for (const parameter of parameters.filter((one) => one.in === 'header')) {
        const value = inHeader(path, parameter);
        if (value !== undefined) headers[parameter.name] = value;
      }
      if (chance.happens(0.99)) headers['authorization'] = authorization;
      if (chance.happens(0.005)) headers['x-large'] = 'x'.repeat(40_000);
      const body = bodyOf(operation);
      if (body !== undefined) headers['content-type'] = body.type;
      const search = query.length === 0 ? '' : `?${query.join('&')}`;
      return { operation, method, path: path + search, headers, body: body?.text };
    },
    /** Remembers what an answer names. */
    learn({ operation, path }: FuzzRequest, answer: Answer, etag: string | undefined): void {
      if (etag !== undefined) known.etags.set(path.split('?')[0] ?? path, etag);
      if (answer.status >= 300 || !answer.body.startsWith('{')) return;
      const found = idsIn(JSON.parse(answer.body));
      const ids = known.ids.get(collectionOf(operation.path)) ?? [];
      known.ids.set(collectionOf(operation.path), [...new Set([...ids, ...found.ids])].slice(-mostIds));
      known.cursors.splice(0, known.cursors.length, ...[...known.cursors, ...found.cursors].slice(-mostIds));
    },
  };
}

function idsIn(value: unknown): { readonly ids: readonly string[]; readonly cursors: readonly string[] } {
  const { id, items, nextCursor } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const listed = Array.isArray(items) ? items.map((one: unknown) => Reflect.get(Object(one), 'id')) : [];
  const texts = (values: readonly unknown[]) => values.filter((one) => typeof one === 'string');
  return { ids: texts([id, ...listed]), cursors: texts([nextCursor]) };
}
