import type { LocalizedText } from '../localized-text.ts';

/** What to do, in both languages. */
export function hint(en: string, de: string): LocalizedText {
  return { en, de };
}
