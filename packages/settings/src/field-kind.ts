/*
 * What every kind of resource does with its field table: complete old content, plan requests on it, find what is wrong,
 * compare, view, and tell which resources it names. A kind adds only what no table can say: where a secret may be sent,
 * and the checks of the fields that announce one.
 *
 * The findings of a field come in this order: needed but empty, a secret that was sealed for another destination, the wrong
 * format or range, a resource that is missing or unsuitable, the check of its own. Of a grant: one that is needed and does
 * not count.
 */
import {
  type Address,
  certificateUses,
  type Condition,
  type ContentOf,
  type FieldTable,
  finding,
  type Finding,
  type PlacedField,
  placedFields,
  type PointerTo,
  type StoredContentOf,
  type StoredSecret,
  type ViewedContentOf,
} from '@postausgang/contracts';
import {
  completion,
  differences,
  earlierDefaults,
  isGrant,
  merged,
  namedResources,
  putBase,
  type Values,
  type ValuesAt,
  valuesAt,
  viewOf,
  written,
} from './field-values.ts';
import { textFormats } from './formats.ts';
import {
  earlierGrants,
  givenGrants,
  grantFindings,
  type GrantRules,
  type Granting,
  type IdentityOf,
} from './identity-grants.ts';
import { certificateFindings, noReferences, type References } from './references.ts';
import type { ContentPlan, ResourceKind, Saved } from './resource.ts';
import { type Destination, destinationDigest, type SecretBinding } from './secret-binding.ts';

type Check<Content> = (content: Content, references: References) => readonly Finding[];

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
  /** The identity behind each grant. */
  readonly grants: {
    readonly [Pointer in PointerTo<Table, { readonly grant: true }>]: IdentityOf<ContentOf<Table>>;
  };
  /** Where a secret may be sent. */
  destinationOf(pointer: PointerTo<Table, { readonly secret: true }>, content: ContentOf<Table>): Destination;
}

/** What a table and its rules say of a kind. What is left: whether resources are created, and when they are judged. */
export interface FieldKind<Table extends FieldTable> extends Omit<
  ResourceKind<ContentOf<Table> | null, object, object>,
  'initialContent' | 'initialFor' | 'isJudged' | 'complete'
> {
  /** What an absent field takes, and one that is reset. */
  readonly defaults: ContentOf<Table>;
  /** See `ResourceKind`. Complete content is returned as it is: nearly every event of a long history has it. */
  complete(stored: StoredContentOf<Table>): ContentOf<Table>;
  /** The defaults as whoever wrote this content knew them. */
  earlierDefaults(stored: StoredContentOf<Table>): ContentOf<Table>;
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
  const { prefix, table } = rules;
  const fields = placedFields(table);
  const untypedRules = rules as unknown as UntypedRules;
  const defaults = written({}, fields, (field) => field.default);
  const grants = fields.filter(isGrant);
  const bindingOf = (resource: string, field: string, content: Values): SecretBinding => ({
    resource,
    field,
    destination: destinationDigest(untypedRules.destinationOf(field, content)),
  });
  const planPatch = (body: object, { resource, content: base }: Saved<Values>): ContentPlan<Values> => {
    const { content, newSecrets, findings } = merged(fields, base, body);
    const bound = newSecrets.map(({ pointer, value }) => ({
      value,
      binding: bindingOf(resource, pointer, content),
    }));
    return { content, newSecrets: bound, findings };
  };
  const validate = (content: Values, references = noReferences): Finding[] => {
    const looked = { content, values: valuesAt(fields, content), references };
    return fields.flatMap((field) => judged(untypedRules, field, looked));
  };
  const untyped = {
    prefix,
    defaults,
    parts: Object.keys(table).filter((name) => fields.some(({ part }) => part === name)),
    secretPointers: fields.filter(({ secret }) => secret === true).map(({ pointer }) => pointer),
    complete: completion(table, fields, defaults, (stored, whole) =>
      earlierGrants(untypedRules.grants, stored, whole),
    ),
    earlierDefaults: (stored: Values) => earlierDefaults(fields, defaults, stored),
    planPut: (body: Values, { resource, content }: Saved<Values | null>) => {
      const base = content === null ? defaults : putBase(table, fields, { body, content, defaults });
      return planPatch(body, { resource, content: base });
    },
    planPatch,
    granted: (content: Values, granting: Granting<Values | null>) =>
      written(content, grants, givenGrants(untypedRules.grants, fields, content, granting)),
    validate,
    findingsOf({ content, newSecrets, findings }: ContentPlan<Values>, references?: References): Finding[] {
      const answered = new Set(findings.map(({ pointer }) => pointer));
      for (const { binding } of newSecrets) answered.add(binding.field);
      return [...findings, ...validate(content, references).filter(({ pointer }) => !answered.has(pointer))];
    },
    differences: (from: Values | null, to: Values | null) => differences(fields, from, to),
    bindingOf,
    withSecret: (content: Values, pointer: string, secret: StoredSecret) =>
      written(
        content,
        fields.filter((field) => field.pointer === pointer),
        () => secret,
      ),
    viewOf: (content: Values) => viewOf(fields, content),
    namedBy: (content: Values) => namedResources(fields, content),
  };
  return untyped as unknown as FieldKind<Table>;
}

/** The rules as the functions below see them. */
interface UntypedRules {
  readonly judgesUnused: boolean;
  readonly checks: Readonly<Record<string, Check<Values>>>;
  readonly grants: GrantRules;
  destinationOf(pointer: string, content: Values): Destination;
}

/** Content, and what is looked up for all of its fields at once. */
interface Looked {
  readonly content: Values;
  readonly values: ValuesAt;
  readonly references: References;
}

function holds(condition: Condition, values: ValuesAt): boolean {
  return condition.some((wanted) =>
    Object.entries(wanted).every(([pointer, allowed]) => allowed.some((one) => one === values.get(pointer))),
  );
}

/** The findings of one field by its rules, the check of its own last. */
function judged(rules: UntypedRules, field: PlacedField, looked: Looked): readonly Finding[] {
  const { content, values, references } = looked;
  const { pointer, inUse, required, requiredWhen, secret, grant } = field;
  const isInUse = inUse.every((condition) => holds(condition, values));
  if (!isInUse && !rules.judgesUnused) return [];
  if (grant !== undefined) return grantFindings(rules.grants, field, content, references.identityHosts);
  const value = values.get(pointer);
  const isNeeded = requiredWhen === undefined ? isInUse : holds(requiredWhen, values);
  const isRequired = isNeeded && required !== undefined;
  if (isRequired && isEmpty(value)) return [finding(pointer, required)];
  const isForElsewhere =
    isRequired &&
    secret === true &&
    (value as StoredSecret).sealed.destination !== destinationDigest(rules.destinationOf(pointer, content));
  return [
    ...(isForElsewhere ? [finding(pointer, 'secret-required')] : []),
    ...valueFindings(field, value),
    ...(typeof value === 'string' ? referenceFindings(field, value, looked) : []),
    ...(rules.checks[pointer]?.(content, references) ?? []),
  ];
}

function isEmpty(value: unknown): boolean {
  return value === null || value === false || (typeof value === 'string' && value.trim() === '');
}

function valueFindings({ pointer, format, range, control }: PlacedField, value: unknown): readonly Finding[] {
  if (typeof value === 'number' && range !== undefined) {
    return value < range.min || value > range.max
      ? [finding(pointer, range.finding, { minimum: range.min, maximum: range.max })]
      : [];
  }
  if (Array.isArray(value) && format !== undefined) {
    return value.flatMap((entry: Address | string, index) => {
      const at = typeof entry === 'string' ? `${pointer}/${index}` : `${pointer}/${index}/address`;
      const { accepts, finding: code } = textFormats[format];
      return accepts(typeof entry === 'string' ? entry : entry.address) ? [] : [finding(at, code)];
    });
  }
  const isAddress = control === 'address' && value !== null;
  const text = isAddress ? (value as Address).address : value;
  if (typeof text !== 'string' || format === undefined) return [];
  const { accepts, finding: code } = textFormats[format];
  return accepts(text) ? [] : [finding(isAddress ? `${pointer}/address` : pointer, code)];
}

function referenceFindings(
  { pointer, names }: PlacedField,
  id: string,
  { values, references }: Looked,
): readonly Finding[] {
  if (names === undefined) return [];
  if (names.resource === 'certificates') {
    const uses = certificateUses.filter((use) => holds(names.uses[use] ?? [], values));
    return certificateFindings(pointer, id, { kind: names.kind, uses }, references);
  }
  const isKnown = references.exchangeConnection(id) !== undefined;
  return isKnown ? [] : [finding(pointer, 'exchange-connection-unknown')];
}
