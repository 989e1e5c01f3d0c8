/*
 * A settings form is drawn from the field table of its resource. The same data has three shapes:
 *   view    the answer of the API
 *   values  by JSON pointer, without secrets: compared, shown side by side, and sent
 *   form    by JSON pointer, the content of the controls: numbers are texts, so that they can be typed
 * A text that is not a value of its field, such as letters in a port, is undefined in `values`; `unreadable` reports it.
 */
import { forms } from '#forms';
import type { Finding } from '../api/client.ts';
import { formatMinutes, parseMinutes } from '../i18n.ts';
import type { MailRequest } from '../api/operations.ts';
import type { PasswordInput } from './fields.ts';

export type Form = Readonly<Record<string, string | boolean>>;
export type Values = Readonly<Record<string, unknown>>;
export type Patch = Readonly<Record<string, unknown>>;
export type Secrets = Readonly<Record<string, PasswordInput>>;

type Address = NonNullable<MailRequest['to']>[number];

type TableField = (typeof forms.server)[number];

/** A control of a form: a field of the table, or one of the two members of an address. */
export interface FormField extends TableField {
  /** The address that the member is in. It is null if both are empty. */
  readonly within?: string;
}

function controlsOf(field: TableField): readonly FormField[] {
  const { pointer: within, members } = field;
  if (field.control !== 'address' || members === undefined) return [field];
  return Object.entries(members).map(([name, text]) => ({
    ...field,
    ...text,
    pointer: `${within}/${name}`,
    within,
    ...(name === 'address' ? { control: 'email', default: '' } : { control: 'text', default: null }),
  }));
}

/** The forms, in the order of their controls. */
export const serverFields = forms.server.flatMap(controlsOf);
export const connectionFields = forms.connection.flatMap(controlsOf);
export const certificateFields = forms.certificate.flatMap(controlsOf);
export const senderFields = forms.sender.flatMap(controlsOf);
export const sendingModeFields = forms.sendingMode.flatMap(controlsOf);

/** Hidden fields keep their values. */
export function isInUse({ inUse }: FormField, form: Form): boolean {
  return inUse.every((condition) =>
    condition.some((wanted) =>
      Object.entries(wanted).every(([pointer, values]) => values.some((value) => value === form[pointer])),
    ),
  );
}

/** What counts while the field is empty. */
export function placeholderOf({ placeholder }: FormField, form: Form): string | undefined {
  if (typeof placeholder === 'object') return placeholder.texts[String(form[placeholder.of])];
  return placeholder?.replace(/{(.+)}/, (_, pointer: string) => String(form[pointer]));
}

interface Shape {
  readonly write: (value: unknown) => string | boolean;
  /** Returns undefined for a text that is not a value of the field. */
  readonly read: (written: string | boolean | undefined) => unknown;
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const trimmed = (written: unknown): string => textOf(written).trim();
const orNull = (text: string): string | null => (text === '' ? null : text);

const flag: Shape = { write: (value) => value === true, read: (written) => written === true };
const text: Shape = { write: textOf, read: (written) => orNull(trimmed(written)) };
const whole: Shape = {
  write: (value) => (typeof value === 'number' ? String(value) : ''),
  read(written) {
    const digits = trimmed(written);
    return digits === '' ? null : /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
  },
};
const minutes: Shape = {
  write: (value) => formatMinutes(Number(value)),
  read: (written) => parseMinutes(trimmed(written)),
};
/** An instant until somebody enters a day: a day that nobody changes keeps its time. */
const date: Shape = {
  write: textOf,
  read: (written) =>
    /^\d{4}-\d{2}-\d{2}$/.test(trimmed(written)) ? `${trimmed(written)}T00:00:00Z` : orNull(trimmed(written)),
};

/** An address as people write it: `Name <address>`. */
function formatAddress({ name, address }: Address): string {
  if (name === undefined || name === '') return address;
  return `${/[,;<>"]/.test(name) ? `"${name.replaceAll('"', "'")}"` : name} <${address}>`;
}

/** Whether it is an address the service judges. */
function parseAddress(written: string): Address {
  const [, name = '', address = written] = /^"?([^"]*?)"?\s*<([^<>]*)>$/.exec(written) ?? [];
  return name === '' ? { address } : { name, address };
}

/** Addresses with commas or semicolons between them. */
export const addresses: Shape = {
  write: (value) => (Array.isArray(value) ? value.map(formatAddress).join(', ') : ''),
  read: (written) =>
    (trimmed(written).match(/(?:"[^"]*"|[^,;])+/g) ?? [])
      .map((one) => one.trim())
      .filter((one) => one !== '')
      .map(parseAddress),
};

const domains: Shape = {
  write: (value) => (Array.isArray(value) ? value.join(', ') : ''),
  read: (written) => trimmed(written).match(/[^,;\s]+/g) ?? [],
};

function shapeOf({ control }: FormField): Shape {
  switch (control) {
    case 'switch':
    case 'check':
      return flag;
    case 'number':
      return whole;
    case 'minutes':
      return minutes;
    case 'date':
      return date;
    case 'addresses':
      return addresses;
    case 'domains':
      return domains;
    case 'choices':
    case 'select':
    case 'reference':
    case 'text':
    case 'email':
    case 'url':
    case 'secret':
    case 'address':
    case 'none':
      return text;
    default:
      return control satisfies never;
  }
}

const plain = (fields: readonly FormField[]): readonly FormField[] =>
  fields.filter(({ control }) => control !== 'secret');

/** The value at a JSON pointer; undefined if there is none. */
export function at(value: unknown, pointer: string): unknown {
  const step = (inner: unknown, key: string): unknown =>
    typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined;
  return pointer.slice(1).split('/').reduce(step, value);
}

/** The values of a view or of a stored version. */
export function valuesOf(fields: readonly FormField[], view: unknown): Values {
  return Object.fromEntries(plain(fields).map(({ pointer }) => [pointer, at(view, pointer) ?? null]));
}

/** The values of a new resource. */
export const defaultsOf = (fields: readonly FormField[]): Values =>
  Object.fromEntries(plain(fields).map((field) => [field.pointer, field.default]));

export function formOf(fields: readonly FormField[], values: Values): Form {
  return Object.fromEntries(
    plain(fields).map((field) => [field.pointer, shapeOf(field).write(values[field.pointer])]),
  );
}

/** The values of the controls. */
export function valuesOfForm(fields: readonly FormField[], form: Form): Values {
  return Object.fromEntries(
    plain(fields).map((field) => {
      const value = shapeOf(field).read(form[field.pointer]);
      return [field.pointer, value === null && field.default === '' ? '' : value];
    }),
  );
}

const isNumber = { de: 'Das ist keine Zahl.', en: 'This is not a number.' };

/** Findings for values that cannot be sent. */
export function unreadable(values: Values): readonly Finding[] {
  return Object.keys(values)
    .filter((pointer) => values[pointer] === undefined)
    .map((pointer) => ({ pointer, code: 'not-a-number', message: isNumber }));
}

const comparable = (value: unknown): unknown => {
  if (!Array.isArray(value)) return value ?? '';
  return value.length === 0 ? '' : JSON.stringify(value);
};

const isSame = (a: unknown, b: unknown): boolean => comparable(a) === comparable(b);

/** The pointers whose values differ. Null, an empty text and an empty list are equal. */
export function changedPointers(before: Values, after: Values): readonly string[] {
  return Object.keys(after).filter((pointer) => !isSame(before[pointer], after[pointer]));
}

/** Whether a secret was entered or will be removed. */
export const isSecretChanged = ({ action, value }: PasswordInput): boolean =>
  action === 'remove' || (action === 'set' && value !== '');

/** A merge patch (RFC 7396) of the changed values and secrets. */
export function patchOf(
  fields: readonly FormField[],
  { base, values, secrets }: { readonly base: Values; readonly values: Values; readonly secrets: Secrets },
): Patch {
  const patch: Record<string, unknown> = {};
  const put = (pointer: string, value: unknown): void => {
    const [head = '', tail] = pointer.slice(1).split('/');
    const before = patch[head];
    patch[head] =
      tail === undefined ? value : { ...(typeof before === 'object' ? before : {}), [tail]: value };
  };
  for (const pointer of changedPointers(base, values)) put(pointer, values[pointer]);
  for (const whole of new Set(fields.flatMap(({ within = [] }) => within))) {
    const isEmpty = fields.every(({ within, pointer }) => within !== whole || isSame(values[pointer], null));
    if (isEmpty && at(patch, whole) !== undefined) put(whole, null);
  }
  for (const [pointer, secret] of Object.entries(secrets)) {
    if (isSecretChanged(secret)) put(pointer, secret.action === 'set' ? secret.value : null);
  }
  return patch;
}

export function isDestinationChanged(fields: readonly FormField[], base: Values, values: Values): boolean {
  const changed = changedPointers(base, values);
  return fields.some(({ isDestination, pointer }) => isDestination && changed.includes(pointer));
}
