/*
 * The form of the settings. Three shapes of the same thing:
 *   view    what the API answers
 *   values  by JSON pointer, without secrets: what is compared, shown side by side, and sent
 *   form    what stands in the controls; numbers are texts there, so that one can type
 */
import type { Finding } from '../../api/client.ts';
import type { OutgoingServerPatch, OutgoingServerView } from '../../api/operations.ts';
import { formatMinutes, parseMinutes } from '../../i18n.ts';
import type { PasswordInput } from '../../parts/fields.ts';

export type Patch = OutgoingServerPatch;
export type Values = Readonly<Record<string, unknown>>;

const pointers = {
  enabled: '/enabled',
  serverType: '/serverType',
  authentication: '/smtp/authentication',
  hostname: '/smtp/hostname',
  port: '/smtp/port',
  username: '/smtp/username',
  windowsMechanism: '/smtp/windowsMechanism',
  servicePrincipal: '/smtp/servicePrincipal',
  encryption: '/smtp/encryption',
  allowCleartext: '/smtp/allowCleartextAuthentication',
  sender: '/senderAddress',
  copyToSender: '/copyToSender',
  timeout: '/timeoutSeconds',
  whenDisabled: '/whenDisabled',
  onUnknown: '/onUnknown',
  sign: '/smime/sign',
  encrypt: '/smime/encrypt',
  smimeCertificateId: '/smime/certificateId',
  clientCertificateId: '/smtp/clientCertificateId',
  trustedCertificateId: '/smtp/trustedCertificateId',
  connectionId: '/exchange/connectionId',
  preset: '/limits/preset',
  maxConnections: '/limits/maxConnections',
  mailsPerMinute: '/limits/mailsPerMinute',
  recipientsPerDay: '/limits/recipientsPerDay',
} as const;

export interface Form {
  readonly enabled: boolean;
  readonly serverType: string;
  readonly authentication: string;
  readonly hostname: string;
  readonly port: string;
  readonly username: string;
  readonly windowsMechanism: string;
  readonly servicePrincipal: string;
  readonly encryption: string;
  readonly allowCleartext: boolean;
  readonly senderName: string;
  readonly senderAddress: string;
  readonly copyToSender: string;
  readonly timeout: string;
  readonly whenDisabled: string;
  readonly onUnknown: string;
  readonly sign: boolean;
  readonly encrypt: string;
  readonly smimeCertificateId: string;
  readonly clientCertificateId: string;
  readonly trustedCertificateId: string;
  readonly connectionId: string;
  readonly preset: string;
  readonly maxConnections: string;
  readonly mailsPerMinute: string;
  readonly recipientsPerDay: string;
}

/** The values of a view or of a stored version. */
export function valuesOf(view: Pick<OutgoingServerView, 'smtp'> & object): Values {
  return Object.fromEntries(Object.values(pointers).map((pointer) => [pointer, at(view, pointer)]));
}

function at(value: unknown, pointer: string): unknown {
  return pointer
    .slice(1)
    .split('/')
    .reduce<unknown>(
      (inner, key) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
}

const whole = (value: unknown): string => (typeof value === 'number' ? String(value) : '');
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

export function formOf(values: Values): Form {
  const sender = values[pointers.sender];
  const port = values[pointers.port];
  return {
    enabled: values[pointers.enabled] === true,
    serverType: text(values[pointers.serverType]),
    authentication: text(values[pointers.authentication]),
    hostname: text(values[pointers.hostname]),
    port: whole(port),
    username: text(values[pointers.username]),
    windowsMechanism: text(values[pointers.windowsMechanism]),
    servicePrincipal: text(values[pointers.servicePrincipal]),
    encryption: text(values[pointers.encryption]),
    allowCleartext: values[pointers.allowCleartext] === true,
    senderName: text(at(sender, '/name')),
    senderAddress: text(at(sender, '/address')),
    copyToSender: text(values[pointers.copyToSender]),
    timeout: formatMinutes(Number(values[pointers.timeout])),
    whenDisabled: text(values[pointers.whenDisabled]),
    onUnknown: text(values[pointers.onUnknown]),
    sign: values[pointers.sign] === true,
    encrypt: text(values[pointers.encrypt]),
    smimeCertificateId: text(values[pointers.smimeCertificateId]),
    clientCertificateId: text(values[pointers.clientCertificateId]),
    trustedCertificateId: text(values[pointers.trustedCertificateId]),
    connectionId: text(values[pointers.connectionId]),
    preset: text(values[pointers.preset]),
    maxConnections: whole(values[pointers.maxConnections]),
    mailsPerMinute: whole(values[pointers.mailsPerMinute]),
    recipientsPerDay: whole(values[pointers.recipientsPerDay]),
  };
}

const orNull = (value: string): string | null => (value.trim() === '' ? null : value.trim());

/** What the controls say. What is no number is left undefined, and found by `unreadable`. */
export function valuesOfForm(form: Form): Values {
  const name = form.senderName.trim();
  const address = form.senderAddress.trim();
  const sender = name === '' ? { address } : { name, address };
  return {
    [pointers.enabled]: form.enabled,
    [pointers.serverType]: form.serverType,
    [pointers.authentication]: form.authentication,
    [pointers.hostname]: orNull(form.hostname),
    [pointers.port]: numberOf(form.port),
    [pointers.username]: orNull(form.username),
    [pointers.windowsMechanism]: form.windowsMechanism,
    [pointers.servicePrincipal]: orNull(form.servicePrincipal),
    [pointers.encryption]: form.encryption,
    [pointers.allowCleartext]: form.allowCleartext,
    [pointers.sender]: name === '' && address === '' ? null : sender,
    [pointers.copyToSender]: form.copyToSender,
    [pointers.timeout]: parseMinutes(form.timeout),
    [pointers.whenDisabled]: form.whenDisabled,
    [pointers.onUnknown]: orNull(form.onUnknown),
    [pointers.sign]: form.sign,
    [pointers.encrypt]: form.encrypt,
    [pointers.smimeCertificateId]: orNull(form.smimeCertificateId),
    [pointers.clientCertificateId]: orNull(form.clientCertificateId),
    [pointers.trustedCertificateId]: orNull(form.trustedCertificateId),
    [pointers.connectionId]: orNull(form.connectionId),
    [pointers.preset]: form.preset,
    [pointers.maxConnections]: numberOf(form.maxConnections),
    [pointers.mailsPerMinute]: numberOf(form.mailsPerMinute),
    [pointers.recipientsPerDay]: numberOf(form.recipientsPerDay),
  };
}

function numberOf(written: string): number | null | undefined {
  if (written.trim() === '') return null;
  return /^\d{1,9}$/.test(written.trim()) ? Number(written.trim()) : undefined;
}

/** What cannot even be sent, in the form of the API's own findings. */
export function unreadable(form: Form): readonly Finding[] {
  const values = valuesOfForm(form);
  const isNumber = { de: 'Das ist keine Zahl.', en: 'This is not a number.' };
  return Object.keys(values)
    .filter((pointer) => values[pointer] === undefined)
    .map((pointer) => ({ pointer, code: 'not-a-number', message: isNumber }));
}

export const isSame = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b);

/** The pointers whose values differ. */
export function changedPointers(before: Values, after: Values): readonly string[] {
  return Object.keys(after).filter((pointer) => !isSame(normal(before[pointer]), normal(after[pointer])));
}

/** An address without a name may come with or without the field. */
function normal(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('address' in value)) return value ?? null;
  return [value.address, 'name' in value && value.name !== '' ? value.name : null];
}

/** A merge patch of what has changed, and of the password if something was entered. */
export function patchOf(base: Values, values: Values, password: PasswordInput): Patch {
  const patch: Record<string, unknown> = {};
  const put = (pointer: string, value: unknown): void => {
    const [head = '', tail] = pointer.slice(1).split('/');
    const before = patch[head];
    if (tail === undefined) patch[head] = value;
    else patch[head] = { ...(typeof before === 'object' ? before : {}), [tail]: value };
  };
  for (const pointer of changedPointers(base, values)) put(pointer, senderPatch(pointer, values[pointer]));
  if (password.action === 'remove') put('/smtp/password', null);
  if (password.action === 'set' && password.value !== '') put('/smtp/password', password.value);
  return patch as Patch;
}

/** A merge patch keeps what it does not name, so a name that was taken away is named as null. */
function senderPatch(pointer: string, value: unknown): unknown {
  const isSender = pointer === pointers.sender && typeof value === 'object' && value !== null;
  return isSender ? { name: null, ...value } : value;
}

/** What decides who gets the password: with any of it changed, it has to be entered again. */
const destination: readonly string[] = [
  pointers.hostname,
  pointers.port,
  pointers.encryption,
  pointers.authentication,
  pointers.windowsMechanism,
  pointers.trustedCertificateId,
];

export function isDestinationChanged(base: Values, values: Values): boolean {
  return changedPointers(base, values).some((pointer) => destination.includes(pointer));
}

/** What somebody has typed and not saved: survives a reload of this tab, never holds a secret. */
interface Draft {
  readonly version: number;
  readonly base: Values;
  readonly form: Form;
}

const key = 'postausgang-draft';

export function readDraft(): Draft | undefined {
  try {
    const draft: unknown = JSON.parse(sessionStorage.getItem(key) ?? 'null');
    return typeof draft === 'object' && draft !== null && 'form' in draft ? (draft as Draft) : undefined;
  } catch {
    return undefined;
  }
}

export function keepDraft(draft: Draft | undefined): void {
  if (draft === undefined) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, JSON.stringify(draft));
}
