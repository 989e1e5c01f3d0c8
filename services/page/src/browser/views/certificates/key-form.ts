import type { CreateKey } from '../../api/operations.ts';
import type { Finding } from '../../api/problem.ts';

/** Fields of the request that hold one text, in their order. */
const textFields = [
  'commonName',
  'organization',
  'organizationalUnit',
  'locality',
  'state',
  'country',
] as const;
/** Fields that hold several values, as people separate them. */
const listFields = ['addresses', 'dnsNames'] as const;

export const subjectFields = [...textFields, ...listFields] as const;

type KeyField = 'name' | 'keyType' | (typeof subjectFields)[number];
export type KeyForm = Readonly<Record<KeyField, string>>;

export const keyTypes: Readonly<Record<CreateKey['keyType'], string>> = {
  'rsa-2048': 'RSA 2048',
  'rsa-3072': 'RSA 3072',
  'rsa-4096': 'RSA 4096',
  'p-256': 'EC P-256',
  'p-384': 'EC P-384',
};

export const newKey: KeyForm = {
  name: '',
  keyType: 'rsa-3072',
  commonName: '',
  organization: '',
  organizationalUnit: '',
  locality: '',
  state: '',
  country: '',
  addresses: '',
  dnsNames: '',
};

const valuesOf = (text: string): readonly string[] => text.split(/[,;\s]+/).filter((value) => value !== '');

/** What the API takes. What is empty is left out: what is needed is then said to be missing, not to be wrong. */
export function bodyOfKey(form: KeyForm): CreateKey {
  const name = form.name.trim();
  const texts = textFields.map((field): [string, string] => [field, form[field].trim()]);
  const lists = listFields.map((field): [string, readonly string[]] => [field, valuesOf(form[field])]);
  const given = [...texts, ...lists].filter(([, value]) => value.length > 0);
  const subject = Object.fromEntries(given);
  return { ...(name === '' ? {} : { name }), keyType: form.keyType, subject } as CreateKey;
}

/** Findings at one of several values, with the value they are about. */
export function findingsWithValues(findings: readonly Finding[], text: string): readonly Finding[] {
  return findings.map((finding) => {
    const value = valuesOf(text)[Number(finding.pointer.split('/').at(-1))];
    if (value === undefined) return finding;
    const { de, en } = finding.message;
    return { ...finding, code: finding.pointer, message: { de: `${value}: ${de}`, en: `${value}: ${en}` } };
  });
}
