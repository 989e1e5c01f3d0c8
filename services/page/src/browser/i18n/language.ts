import { useEffect, useState } from 'preact/hooks';

export type Language = 'de' | 'en';

const storageKey = 'postausgang-language';
const listeners = new Set<() => void>();
let current: Language = remembered() ?? (document.documentElement.lang === 'de' ? 'de' : 'en');
document.documentElement.lang = current;

function remembered(): Language | undefined {
  const stored = localStorage.getItem(storageKey);
  return stored === 'de' || stored === 'en' ? stored : undefined;
}

export const language = (): Language => current;

/** Remembered by the browser; the server only chooses for somebody who has not. */
export function setLanguage(next: Language): void {
  current = next;
  localStorage.setItem(storageKey, next);
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

/** The language; renders again when it changes. */
export function useLanguage(): Language {
  const [shown, show] = useState(current);
  useEffect(() => {
    const listener = (): void => show(current);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return shown;
}

/** Texts in both languages; asked for at every rendering. */
export function texts<T>(both: { readonly de: T; readonly en: T }): () => T {
  return () => both[current];
}

/** A sentence of the API, which comes in both languages. */
export function sentence(text: { readonly de: string; readonly en: string }): string {
  return text[current];
}
