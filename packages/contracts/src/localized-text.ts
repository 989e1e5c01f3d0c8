import { type Static, Type } from '@sinclair/typebox';

/** A sentence for people, in the two languages of the product. Programs use the code beside it. */
export const LocalizedTextSchema = Type.Object({
  en: Type.String({ description: 'English' }),
  de: Type.String({ description: 'German' }),
});
export type LocalizedText = Static<typeof LocalizedTextSchema>;
