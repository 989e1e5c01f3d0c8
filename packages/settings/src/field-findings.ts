/*
 * The findings of a field by the rules of its table, in this order: needed but empty, a secret that was sealed for another
 * destination, the wrong format or range, a resource that is missing or unsuitable, the check of its own.
 */
import {
  certificateUses,
  type Condition,
  type FieldTable,
  finding,
  type Finding,
  type PlacedField,
  type StoredSecret,
} from '@postausgang/contracts';
import { textFormats } from './formats.ts';
import { certificateFindings, type References } from './references.ts';
import { type Destination, destinationDigest, type SecretBinding } from './secret-binding.ts';

export type Check<Content> = (content: Content, references: References) => readonly Finding[];

/** Content whose type does not matter here: fields are read and written by their place. */
export type Values = Readonly<Record<string, unknown>>;

/** A kind as the functions below see it. */
export interface Described {
  readonly table: FieldTable;
  readonly fields: readonly PlacedField[];
  readonly judgesUnused: boolean;
  readonly checks: Readonly<Record<string, Check<Values>>>;
  destinationOf(pointer: string, content: Values): Destination;
}

function holds(condition: Condition, content: Values): boolean {
  return condition.some((wanted) =>
    Object.entries(wanted).every(([pointer, values]) => {
      const [first = '', second] = pointer.slice(1).split('/');
      const value = second === undefined ? content[first] : memberOf(content[first], second);
      return values.some((one) => one === value);
    }),
  );
}

/** The findings of one field by its rules, the check of its own last. */
export function judged(
  kind: Described,
  field: PlacedField,
  content: Values,
  references: References,
): readonly Finding[] {
  const { pointer, inUse, required, requiredWhen } = field;
  const isInUse = inUse.every((condition) => holds(condition, content));
  if (!isInUse && !kind.judgesUnused) return [];
  const value = read(content, field);
  const isNeeded = requiredWhen === undefined ? isInUse : holds(requiredWhen, content);
  const isRequired = isNeeded && required !== undefined;
  if (isRequired && isEmpty(value)) return [finding(pointer, required)];
  const isForElsewhere = isRequired && isSecret(field) && isSealedForElsewhere(kind, field, content);
  return [
    ...(isForElsewhere ? [finding(pointer, 'secret-required')] : []),
    ...valueFindings(field, value),
    ...(typeof value === 'string' ? referenceFindings(field, value, content, references) : []),
    ...(kind.checks[pointer]?.(content, references) ?? []),
  ];
}

function isEmpty(value: unknown): boolean {
  return value === null || value === false || (typeof value === 'string' && value.trim() === '');
}

/** Whether the stored secret was sealed for another destination than the one of this content. */
function isSealedForElsewhere(kind: Described, field: PlacedField, content: Values): boolean {
  const stored = read(content, field) as StoredSecret | null;
  return (
    stored !== null && stored.sealed.destination !== bindingOf(kind, '', field.pointer, content).destination
  );
}

function valueFindings({ pointer, format, range }: PlacedField, value: unknown): readonly Finding[] {
  if (typeof value === 'number' && range !== undefined) {
    return value < range.min || value > range.max ? [finding(pointer, range.finding)] : [];
  }
  if (typeof value !== 'string' || format === undefined) return [];
  const { accepts, finding: code } = textFormats[format];
  return accepts(value) ? [] : [finding(pointer, code)];
}

function referenceFindings(
  { pointer, names }: PlacedField,
  id: string,
  content: Values,
  references: References,
): readonly Finding[] {
  if (names === undefined) return [];
  if (names.resource === 'certificates') {
    const uses = certificateUses.filter((use) => holds(names.uses[use] ?? [], content));
    return certificateFindings(pointer, id, { kind: names.kind, uses }, references);
  }
  const isKnown = references.exchangeConnection(id) !== undefined;
  return isKnown ? [] : [finding(pointer, 'exchange-connection-unknown')];
}

export function isSecret({ secret }: PlacedField): boolean {
  return secret === true;
}

export function read(content: object | null, { part, name }: Pick<PlacedField, 'part' | 'name'>): unknown {
  const holder: unknown = part === null ? content : memberOf(content, part);
  return memberOf(holder, name);
}

export function memberOf(holder: unknown, name: string): unknown {
  return typeof holder === 'object' && holder !== null ? Reflect.get(holder, name) : undefined;
}

export function bindingOf(
  { destinationOf }: Described,
  resource: string,
  pointer: string,
  content: Values,
): SecretBinding {
  return { resource, field: pointer, destination: destinationDigest(destinationOf(pointer, content)) };
}
