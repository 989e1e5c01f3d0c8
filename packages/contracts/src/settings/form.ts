/** The form of a field table: its fields by groups, with what people read. Plain data, to be sent to a browser. */
import type { LocalizedText } from '../schemas.ts';
import {
  type FieldGroup,
  type FieldRules,
  type FieldTable,
  type PlacedField,
  placedFields,
  type PointerTo,
} from './fields.ts';

/** What people read about a field. */
export interface FieldText {
  readonly label: LocalizedText;
  readonly help?: LocalizedText;
  /** Beside a box: what it does when it is checked. */
  readonly statement?: LocalizedText;
  /** The names of the values, in their order. The name of '' says what an empty field means. */
  readonly choices?: Readonly<Record<string, LocalizedText>>;
  /**
   * What an empty field shows, because it counts then. `{/pointer}` is the value of another field; with `of`, each value
   * of that field has a text.
   */
  readonly placeholder?: string | { readonly of: string; readonly texts: Readonly<Record<string, string>> };
  /** The members of an object. */
  readonly members?: Readonly<Record<string, Pick<FieldText, 'label' | 'help'>>>;
}

/** The texts of a table: each of its fields has some. */
export type TextsOf<Table> = { readonly [Pointer in PointerTo<Table>]: FieldText };

/** A field as a form needs it. */
export type FormField = FieldText &
  Pick<FieldRules, 'range' | 'names' | 'requiredWhen'> &
  Pick<PlacedField, 'pointer' | 'group' | 'control' | 'inUse' | 'default'> & {
    /** Whether the field is needed: when `requiredWhen` is true, or whenever it is in use. */
    readonly isRequired: boolean;
    /** With another value, the secrets of the resource have to be entered again. */
    readonly isDestination: boolean;
  };

/** The groups in the order of the form. */
export const fieldGroups: Readonly<Record<FieldGroup, LocalizedText>> = {
  connection: { en: 'Connection', de: 'Verbindung' },
  mail: { en: 'Mail', de: 'E-Mails' },
  smime: { en: 'S/MIME', de: 'S/MIME' },
  certificates: { en: 'Certificates', de: 'Zertifikate' },
  more: { en: 'More settings', de: 'Weitere Einstellungen' },
};

/** The fields that people enter, group by group. */
export function formFields<Table extends FieldTable>(
  table: Table,
  texts: TextsOf<NoInfer<Table>>,
): readonly FormField[] {
  const textOf: Readonly<Record<string, FieldText>> = texts;
  const entered = placedFields(table).filter(({ control }) => control !== 'none');
  return Object.keys(fieldGroups).flatMap((group) =>
    entered.filter((field) => field.group === group).map((field) => formField(field, textOf[field.pointer])),
  );
}

function formField(field: PlacedField, text: FieldText | undefined): FormField {
  const { pointer, group, control, inUse, required, requiredWhen, range, names, destination } = field;
  return {
    label: { en: pointer, de: pointer },
    ...text,
    pointer,
    group,
    control,
    inUse,
    default: field.default,
    isRequired: required !== undefined,
    isDestination: destination === true,
    ...(requiredWhen && { requiredWhen }),
    ...(range && { range }),
    ...(names && { names }),
  };
}
