/*
 * Content by the places of its fields. Each function goes over all fields at once: it reads content, completes that of old
 * events, merges a request into it, compares two contents, and shows one.
 *
 * Content is an object of any kind here: its fields are read and written by their place; the types come from the table.
 */
import {
  type Address,
  type AddressPatch,
  type Difference,
  type FieldTable,
  finding,
  type Finding,
  type FindingCode,
  type IdentityGrant,
  type PlacedField,
  type StoredSecret,
} from '@postausgang/contracts';

/** Content whose type does not matter here. */
export type Values = Readonly<Record<string, unknown>>;

/** JSON pointer to value. */
export type ValuesAt = ReadonlyMap<string, unknown>;

/** The value of each field. */
export function valuesAt(fields: readonly PlacedField[], content: object): ValuesAt {
  return new Map(fields.map((field) => [field.pointer, read(content, field)]));
}

export function read(content: object | null, { part, name }: PlacedField): unknown {
  const holder: unknown = part === null ? content : memberOf(content, part);
  return memberOf(holder, name);
}

export function memberOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}

/** A copy of the content in which the fields have other values; where there is none (undefined) they keep their own. */
export function written(
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
export function completion(
  table: FieldTable,
  fields: readonly PlacedField[],
  defaults: Values,
  grantsOf: (stored: Values, whole: Values) => (field: PlacedField) => unknown,
) {
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
    const whole = written(stored, fields, (field) =>
      read(stored, field) === undefined ? (field.whenAbsent ?? read(defaults, field)) : undefined,
    );
    return written(whole, fields.filter(isGrant), grantsOf(stored, whole));
  };
}

/**
 * The defaults as whoever wrote this content knew them. A content without one of the fields that came later is of an
 * earlier release, in which others had other defaults too.
 */
export function earlierDefaults(fields: readonly PlacedField[], defaults: Values, stored: Values): Values {
  const changed = fields.filter((field) => field.whenAbsent !== undefined);
  const isOfToday = changed.every((field) => read(stored, field) !== undefined);
  return isOfToday ? defaults : written(defaults, changed, ({ whenAbsent }) => whenAbsent);
}

/** What a PUT is merged into: the defaults, the stored secrets and grants, and the absent parts that are kept. */
export function putBase(
  table: FieldTable,
  fields: readonly PlacedField[],
  { body, content, defaults }: { readonly body: Values; readonly content: Values; readonly defaults: Values },
): Values {
  const isKept = ({ part, secret, grant }: PlacedField): boolean =>
    secret === true ||
    grant === true ||
    (part !== null && body[part] === undefined && isKeptWhenAbsent(table[part]));
  return written(defaults, fields, (field) => (isKept(field) ? read(content, field) : undefined));
}

function isKeptWhenAbsent(entry: FieldTable[string] | undefined): boolean {
  return entry !== undefined && 'keptWhenAbsent' in entry && entry.keptWhenAbsent === true;
}

interface Merged {
  /** Without the new secrets. */
  readonly content: Values;
  readonly newSecrets: readonly { readonly pointer: string; readonly value: string }[];
  readonly findings: readonly Finding[];
}

/** The content under a JSON merge patch (RFC 7396). A secret that cannot be one is a finding and changes nothing. */
export function merged(fields: readonly PlacedField[], content: Values, body: object): Merged {
  const given = fields.filter(isSecret).flatMap((field) => {
    const value = read(body, field);
    return typeof value === 'string'
      ? [{ pointer: field.pointer, value, unusable: unusableSecret(value) }]
      : [];
  });
  const findings = given.flatMap(({ pointer, unusable }) =>
    unusable === undefined ? [] : [finding(pointer, unusable)],
  );
  const isUnusable = (field: PlacedField): boolean =>
    findings.some(({ pointer }) => pointer === field.pointer);
  return {
    content: written(content, fields, (field) => {
      const value = read(body, field);
      if (value === undefined || isGrant(field) || isUnusable(field)) return undefined;
      return isSecret(field) ? null : mergedValue(field, read(content, field), value);
    }),
    newSecrets: given.filter(({ unusable }) => unusable === undefined),
    findings,
  };
}

function mergedValue(field: PlacedField, current: unknown, value: unknown): unknown {
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

/** The names of the resources whose ids the content holds. */
export function namedResources(fields: readonly PlacedField[], content: Values): readonly string[] {
  return fields.flatMap((field) => {
    const id = read(content, field);
    return field.names !== undefined && typeof id === 'string' ? [`${field.names.resource}/${id}`] : [];
  });
}

/** Values first, then secrets and grants, of which nothing is told but that they are others. */
export function differences(
  fields: readonly PlacedField[],
  from: Values | null,
  to: Values | null,
): readonly Difference[] {
  const before = from === null ? new Map<string, unknown>() : plainValues(fields, from);
  const after = to === null ? new Map<string, unknown>() : plainValues(fields, to);
  const plain = [...new Set([...before.keys(), ...after.keys()])]
    .filter((pointer) => comparable(before.get(pointer)) !== comparable(after.get(pointer)))
    .map((pointer) => ({
      pointer,
      secret: false,
      from: before.get(pointer) ?? null,
      to: after.get(pointer) ?? null,
    }));
  const secrets = fields
    .filter((field) => {
      if (isGrant(field)) return grantOf(from, field) !== grantOf(to, field);
      return isSecret(field) && !isSameSecret(read(from, field), read(to, field));
    })
    .map(({ pointer }) => ({ pointer, secret: true, from: null, to: null }));
  return [...plain, ...secrets];
}

/** JSON pointer to value of what is compared. */
function plainValues(fields: readonly PlacedField[], content: Values): ReadonlyMap<string, unknown> {
  const plain = fields.filter((field) => !isSecret(field) && !isGrant(field));
  return new Map(
    plain.flatMap((field): (readonly [string, unknown])[] => {
      const value = read(content, field);
      if (field.compare !== undefined) {
        return field.compare.map((name) => [`${field.pointer}/${name}`, memberOf(value, name) ?? null]);
      }
      const isText = Array.isArray(value) && field.control === 'none';
      return [[field.pointer, isText ? value.join('') : value]];
    }),
  );
}

/** Two lists of addresses with the same entries are the same value. */
function comparable(value: unknown): unknown {
  return Array.isArray(value) ? JSON.stringify(value) : value;
}

/** What a grant is for, which says everything about it. */
function grantOf(content: Values | null, field: PlacedField): unknown {
  return memberOf(read(content, field), 'destination');
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

/** The content as it is read: of a secret, whether it is set and since when; of a grant, since when. */
export function viewOf(fields: readonly PlacedField[], content: Values): Values {
  const view: Record<string, unknown> = {};
  for (const field of fields) {
    const { part } = field;
    const value = read(content, field);
    const shown = shownAs(field, value);
    if (part === null) Object.assign(view, shown);
    else view[part] = { ...(view[part] as object | undefined), ...shown };
  }
  return view;
}

function shownAs(field: PlacedField, value: unknown): Values {
  const { name } = field;
  if (isGrant(field)) return { [`${name}edAt`]: (value as IdentityGrant | null)?.grantedAt ?? null };
  return isSecret(field) ? secretView(name, value as StoredSecret | null) : { [name]: value };
}

function secretView(name: string, secret: StoredSecret | null): Values {
  return { [`${name}Set`]: secret !== null, [`${name}SetAt`]: secret?.setAt ?? null };
}

export function isGrant({ grant }: PlacedField): boolean {
  return grant === true;
}

function isSecret({ secret }: PlacedField): boolean {
  return secret === true;
}
