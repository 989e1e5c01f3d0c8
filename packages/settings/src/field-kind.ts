/*
 * What every kind of resource does with its field table: complete old content, plan requests on it, find what is wrong,
 * compare, view, and tell which resources it names. A kind adds only what no table can say: where a secret may be sent,
 * and the checks of the fields that announce one.
 *
 * Inside, content is an object whose fields are read and written by their place; the types come from the table.
 */
import {
  type Address,
  type AddressPatch,
  type ContentOf,
  type Difference,
  type FieldTable,
  finding,
  type Finding,
  type FindingCode,
  type PlacedField,
  placedFields,
  type PointerTo,
  type StoredContentOf,
  type StoredSecret,
  type ViewedContentOf,
} from '@postausgang/contracts';
import {
  bindingOf,
  type Check,
  type Described,
  isSecret,
  judged,
  memberOf,
  read,
  type Values,
} from './field-findings.ts';
import { noReferences, type References } from './references.ts';
import type { ContentPlan, NewSecret, ResourceKind, Saved } from './resource.ts';
import type { Destination, SecretBinding } from './secret-binding.ts';

/** What a kind adds to its table. */
export interface KindRules<Table extends FieldTable> {
  /** First part of the resource name, with the slash: `outgoing-servers/`. */
  readonly prefix: string;
  readonly table: Table;
  /** Whether the rules of a field also count while it is not in use. */
  readonly judgesUnused: boolean;
  readonly checks: {
    readonly [Pointer in PointerTo<Table, { readonly check: true }>]: Check<ContentOf<Table>>;
  };
  /** Where a secret may be sent. */
  destinationOf(pointer: PointerTo<Table, { readonly secret: true }>, content: ContentOf<Table>): Destination;
}

/** What a table and its rules say of a kind. What is left: whether resources are created, and when they are judged. */
export interface FieldKind<Table extends FieldTable> extends Omit<
  ResourceKind<ContentOf<Table> | null, object, object>,
  'initialContent' | 'isJudged' | 'complete'
> {
  /** What an absent field takes, and one that is reset. */
  readonly defaults: ContentOf<Table>;
  /** See `ResourceKind`. Complete content is returned as it is: nearly every event of a long history has it. */
  complete(stored: StoredContentOf<Table>): ContentOf<Table>;
  /** Everything that keeps content from being used. */
  validate(content: ContentOf<Table>, references?: References): Finding[];
  /** What a secret of this content has to be sealed for, and what it opens for. */
  bindingOf(
    resource: string,
    pointer: PointerTo<Table, { readonly secret: true }>,
    content: ContentOf<Table>,
  ): SecretBinding;
  viewOf(content: ContentOf<Table>): ViewedContentOf<Table>;
}

/** A kind of resource from its field table. */
export function createFieldKind<const Table extends FieldTable>(rules: KindRules<Table>): FieldKind<Table> {
  const fields = placedFields(rules.table);
  const kind = { ...rules, fields } as unknown as Described;
  const defaults = written({}, fields, (field) => field.default);
  const planPatch = (body: object, saved: Saved<Values>): ContentPlan<Values> => planned(kind, body, saved);
  const validate = (content: Values, references = noReferences): Finding[] =>
    fields.flatMap((field) => judged(kind, field, content, references));
  const untyped = {
    prefix: rules.prefix,
    defaults,
    secretPointers: fields.filter(isSecret).map(({ pointer }) => pointer),
    complete: completion(kind, defaults),
    planPut: (body: Values, { resource, content }: Saved<Values | null>) =>
      planPatch(body, { resource, content: putBase(kind, body, content, defaults) }),
    planPatch,
    validate,
    findingsOf({ content, newSecrets, findings }: ContentPlan<Values>, references?: References): Finding[] {
      const answered = new Set(findings.map(({ pointer }) => pointer));
      for (const { binding } of newSecrets) answered.add(binding.field);
      return [...findings, ...validate(content, references).filter(({ pointer }) => !answered.has(pointer))];
    },
    differences: (from: Values | null, to: Values | null) => differences(fields, from, to),
    bindingOf: (resource: string, pointer: string, content: Values) =>
      bindingOf(kind, resource, pointer, content),
    withSecret: (content: Values, pointer: string, secret: StoredSecret) =>
      written(
        content,
        fields.filter((field) => field.pointer === pointer),
        () => secret,
      ),
    viewOf: (content: Values) => viewOf(fields, content),
    namedBy: (content: Values) => fields.flatMap((field) => namedResources(field, read(content, field))),
  };
  return untyped as unknown as FieldKind<Table>;
}

/** A copy of the content in which the fields have other values; where there is none (undefined) they keep their own. */
function written(
  content: Values,
  fields: readonly PlacedField[],
  valueOf: (field: PlacedField) => unknown,
): Values {
  const copy: Record<string, unknown> = { ...content };
  for (const field of fields) {
    const value = valueOf(field);
    if (value === undefined) continue;
    const { part, name } = field;
    if (part === null) copy[name] = value;
    else copy[part] = { ...(copy[part] as object | undefined), [name]: value };
  }
  return copy;
}

/** Completes stored content. Nearly every event of a long history is complete, so that is found out first and fast. */
function completion({ table, fields }: Described, defaults: Values) {
  const names = Object.keys(table);
  const parts = Object.entries(table).flatMap(([part, entry]): [string, readonly string[]][] =>
    'fields' in entry ? [[part, Object.keys(entry.fields)]] : [],
  );
  const hasAll = (holder: unknown, all: readonly string[]): boolean =>
    typeof holder === 'object' && holder !== null && all.every((name) => name in holder);
  return (stored: Values | null): Values | null => {
    if (stored === null) return null;
    const isComplete = hasAll(stored, names) && parts.every(([part, all]) => hasAll(stored[part], all));
    if (isComplete) return stored;
    return written(stored, fields, (field) =>
      read(stored, field) === undefined ? read(defaults, field) : undefined,
    );
  };
}

/** What a PUT is planned on: the defaults, the stored secrets, and the absent parts that are kept. */
function putBase(
  { table, fields }: Described,
  body: Values,
  content: Values | null,
  defaults: Values,
): Values {
  const isKept = ({ part, secret }: PlacedField): boolean =>
    secret === true || (part !== null && body[part] === undefined && isKeptWhenAbsent(table[part]));
  return content === null
    ? defaults
    : written(defaults, fields, (field) => (isKept(field) ? read(content, field) : undefined));
}

function isKeptWhenAbsent(entry: FieldTable[string] | undefined): boolean {
  return entry !== undefined && 'keptWhenAbsent' in entry && entry.keptWhenAbsent === true;
}

function planned(kind: Described, body: object, { resource, content }: Saved<Values>): ContentPlan<Values> {
  const { fields } = kind;
  const given = fields.filter(isSecret).flatMap((field) => {
    const value = read(body, field);
    return typeof value === 'string' ? [{ ...field, value, unusable: unusableSecret(value) }] : [];
  });
  const findings = given.flatMap(({ pointer, unusable }) =>
    unusable === undefined ? [] : [finding(pointer, unusable)],
  );
  const isUnusable = (field: PlacedField): boolean =>
    findings.some(({ pointer }) => pointer === field.pointer);
  const after = written(content, fields, (field) => {
    const value = read(body, field);
    if (value === undefined || isUnusable(field)) return undefined;
    return isSecret(field) ? null : merged(field, read(content, field), value);
  });
  const newSecrets = given.flatMap(({ pointer, value, unusable }): NewSecret[] =>
    unusable === undefined ? [{ value, binding: bindingOf(kind, resource, pointer, after) }] : [],
  );
  return { content: after, newSecrets, findings };
}

function merged(field: PlacedField, current: unknown, value: unknown): unknown {
  if (value === null) return field.default;
  if (field.control !== 'address') return value;
  return mergeAddress(current as Address | null, value as AddressPatch);
}

/** A name alone for an address that is not there yet leaves the address empty, which is a finding. */
function mergeAddress(current: Address | null, patch: AddressPatch): Address {
  const { name = current?.name, address = current?.address ?? '' } = patch;
  return name === undefined || name === null ? { address } : { name, address };
}

const maskCharacters = /^[*•●·…]{3,}$/u;
const maskWords = new Set(['[sealed]', '[redacted]']);

/**
 * Why a text cannot be a secret, or undefined. A mask that a client has read somewhere and sends back must never
 * become the password; half a surrogate pair would be another password after UTF-8.
 */
function unusableSecret(value: string): FindingCode | undefined {
  const isMask = maskCharacters.test(value) || maskWords.has(value.trim().toLowerCase());
  if (isMask) return 'secret-is-a-mask';
  return value.isWellFormed() ? undefined : 'wrong-format';
}

function namedResources({ names }: PlacedField, id: unknown): readonly string[] {
  return names !== undefined && typeof id === 'string' ? [`${names.resource}/${id}`] : [];
}

/** Values first, then secrets, of which nothing is told but that they are others. */
function differences(
  fields: readonly PlacedField[],
  from: Values | null,
  to: Values | null,
): readonly Difference[] {
  const before = from === null ? new Map<string, unknown>() : plainValues(fields, from);
  const after = to === null ? new Map<string, unknown>() : plainValues(fields, to);
  const plain = [...new Set([...before.keys(), ...after.keys()])]
    .filter((pointer) => before.get(pointer) !== after.get(pointer))
    .map((pointer) => ({
      pointer,
      secret: false,
      from: before.get(pointer) ?? null,
      to: after.get(pointer) ?? null,
    }));
  const secrets = fields
    .filter((field) => isSecret(field) && !isSameSecret(read(from, field), read(to, field)))
    .map(({ pointer }) => ({ pointer, secret: true, from: null, to: null }));
  return [...plain, ...secrets];
}

/** JSON pointer to value of what is compared. */
function plainValues(fields: readonly PlacedField[], content: Values): ReadonlyMap<string, unknown> {
  const plain = fields.filter((field) => !isSecret(field));
  return new Map(
    plain.flatMap((field): (readonly [string, unknown])[] => {
      const value = read(content, field);
      if (field.compare !== undefined) {
        return field.compare.map((name) => [`${field.pointer}/${name}`, memberOf(value, name) ?? null]);
      }
      return [[field.pointer, Array.isArray(value) ? value.join('') : value]];
    }),
  );
}

/** Whether two stored secrets are the same seal; what is sealed nobody here can tell. */
function isSameSecret(a: unknown, b: unknown): boolean {
  return JSON.stringify(sealOf(a)) === JSON.stringify(sealOf(b));
}

function sealOf(secret: unknown): readonly string[] | null {
  if (secret === null || secret === undefined) return null;
  const { setAt, sealed } = secret as StoredSecret;
  const { keyId, destination, jwe } = sealed;
  return [setAt, keyId, destination, jwe.protected, jwe.aad, jwe.iv, jwe.ciphertext, jwe.tag];
}

function viewOf(fields: readonly PlacedField[], content: Values): Values {
  const view: Record<string, unknown> = {};
  for (const field of fields) {
    const { part, name } = field;
    const value = read(content, field);
    const shown = isSecret(field) ? secretView(name, value as StoredSecret | null) : { [name]: value };
    if (part === null) Object.assign(view, shown);
    else view[part] = { ...(view[part] as object | undefined), ...shown };
  }
  return view;
}

function secretView(name: string, secret: StoredSecret | null): Values {
  return { [`${name}Set`]: secret !== null, [`${name}SetAt`]: secret?.setAt ?? null };
}
