import { useEffect, useState } from 'preact/hooks';

type Language = 'de' | 'en';

const storageKey = 'postausgang-language';
const listeners = new Set<() => void>();
let current: Language = remembered() ?? (document.documentElement.lang === 'de' ? 'de' : 'en');
document.documentElement.lang = current;

function remembered(): Language | undefined {
  const stored = localStorage.getItem(storageKey);
  return stored === 'de' || stored === 'en' ? stored : undefined;
}

const language = (): Language => current;

/** The browser remembers the choice. Without one, the server has chosen the language. */
export function setLanguage(next: Language): void {
  current = next;
  localStorage.setItem(storageKey, next);
  document.documentElement.lang = next;
  for (const listener of listeners) listener();
}

/** The current language; renders again when it changes. */
export function useLanguage(): Language {
  const [shown, show] = useState(current);
  useEffect(() => {
    const listener = (): void => show(current);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return shown;
}

/** Texts in both languages, read at every rendering. */
export function texts<T>(both: { readonly de: T; readonly en: T }): () => T {
  return () => both[current];
}

/** A text of the API, which is in both languages. */
export function sentence(text: { readonly de: string; readonly en: string }): string {
  return text[current];
}

export const common = texts({
  de: {
    product: 'Postausgang',
    overview: 'Übersicht',
    server: 'Postausgangsserver',
    history: 'Verlauf',
    mails: 'E-Mails',
    senders: 'Absender',
    exchange: 'Exchange-Verbindungen',
    certificates: 'Zertifikate',
    recipientCertificates: 'Empfängerzertifikate',
    access: 'Zugänge',
    activity: 'Protokoll',
    help: 'Hilfe',
    api: 'API-Dokumentation',
    skip: 'Zum Inhalt springen',
    navigation: 'Bereiche',
    language: 'Sprache',
    signOut: 'Abmelden',
    signedInAs: (name: string) => `Angemeldet als ${name}`,
    loading: 'Wird geladen …',
    again: 'Erneut versuchen',
    close: 'Schließen',
    cancel: 'Abbrechen',
    save: 'Speichern',
    saving: 'Wird gespeichert …',
    remove: 'Löschen',
    copy: 'Kopieren',
    copied: 'Kopiert',
    keyHelp: 'Anwendungen senden ihn im Header Authorization: Bearer …',
    more: 'Weitere anzeigen',
    nothing: 'Nichts',
    yes: 'Ja',
    no: 'Nein',
    from: 'vorher',
    to: 'nachher',
    current: 'Aktuell',
    field: 'Feld',
    reason: 'Grund',
    reasonHelp: 'Erscheint im Verlauf (optional).',
    findings: (count: number) =>
      count === 1 ? '1 Angabe muss korrigiert werden' : `${count} Angaben müssen korrigiert werden`,
    notFound: 'Diese Seite gibt es nicht.',
    notAllowed: 'Dazu fehlt Ihnen die Berechtigung.',
    version: (version: number) => `Version ${version}`,
    secretChanged: 'geändert (wird nicht gezeigt)',
  },
  en: {
    product: 'Postausgang',
    overview: 'Overview',
    server: 'Outgoing mail server',
    history: 'History',
    mails: 'Mails',
    senders: 'Senders',
    exchange: 'Exchange connections',
    certificates: 'Certificates',
    recipientCertificates: 'Recipient certificates',
    access: 'Access',
    activity: 'Activity',
    help: 'Help',
    api: 'API documentation',
    skip: 'Skip to content',
    navigation: 'Sections',
    language: 'Language',
    signOut: 'Sign out',
    signedInAs: (name: string) => `Signed in as ${name}`,
    loading: 'Loading …',
    again: 'Try again',
    close: 'Close',
    cancel: 'Cancel',
    save: 'Save',
    saving: 'Saving …',
    remove: 'Delete',
    copy: 'Copy',
    copied: 'Copied',
    keyHelp: 'Applications send it in the header Authorization: Bearer …',
    more: 'Show more',
    nothing: 'Nothing',
    yes: 'Yes',
    no: 'No',
    from: 'before',
    to: 'after',
    current: 'Current',
    field: 'Field',
    reason: 'Reason',
    reasonHelp: 'Shown in the history (optional).',
    findings: (count: number) => (count === 1 ? '1 field needs attention' : `${count} fields need attention`),
    notFound: 'Page not found.',
    notAllowed: 'You do not have permission to do this.',
    version: (version: number) => `Version ${version}`,
    secretChanged: 'changed (not shown)',
  },
});

export const locale = (): string => (language() === 'de' ? 'de-DE' : 'en-GB');

/** `1.034` */
export const formatCount = (count: number): string => new Intl.NumberFormat(locale()).format(count);

/** `25. Nov. 2026, 17:30` */
export function formatInstant(instant: string | null): string {
  if (instant === null) return '–';
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

export function formatDate(instant: string, zone?: Intl.DateTimeFormatOptions): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime())
    ? instant
    : new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', ...zone }).format(date);
}

/** A day that a person enters is stored as midnight UTC. It is the same day for readers in every time zone. */
export const formatDay = (instant: string): string => formatDate(instant, { timeZone: 'UTC' });

/** The day as an input of type `date` takes it. */
export const dayOf = (instant: string): string => new Date(instant).toISOString().slice(0, 10);

export function formatTime(instant: string): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'medium' }).format(new Date(instant));
}

/** `22:37`; on another day with the date. Empty where there is none. */
export function formatClock(instant: string | null): string {
  if (instant === null) return '';
  const date = new Date(instant);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday
    ? new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(date)
    : formatInstant(instant);
}

const units: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

/** `vor 3 Minuten`, `in 2 hours`. */
export function formatRelative(instant: string, nowMs = Date.now()): string {
  const seconds = (Date.parse(instant) - nowMs) / 1000;
  const [unit, size] = units.find(([, length]) => Math.abs(seconds) >= length) ?? ['second', 1];
  const relative = new Intl.RelativeTimeFormat(locale(), { numeric: 'auto' });
  return relative.format(Math.round(seconds / size), unit as Intl.RelativeTimeFormatUnit);
}

const daysLeft = texts({
  de: (days: number) => {
    if (days < -1) return `seit ${-days} Tagen abgelaufen`;
    if (days <= 0) return days === 0 ? 'läuft heute ab' : 'gestern abgelaufen';
    return days === 1 ? 'noch 1 Tag' : `noch ${days} Tage`;
  },
  en: (days: number) => {
    if (days < -1) return `expired ${-days} days ago`;
    if (days <= 0) return days === 0 ? 'expires today' : 'expired yesterday';
    return days === 1 ? '1 day left' : `${days} days left`;
  },
});

/** The time until something expires. Below zero: since it has expired. */
export const formatDaysLeft = (days: number): string => daysLeft()(days);

/** Seconds as minutes, as people write them: 30 is `0,5`. */
export function formatMinutes(seconds: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 4, useGrouping: false }).format(
    seconds / 60,
  );
}

/** Minutes as people write them, with a comma or a point, in whole seconds; undefined if it is not a number. */
export function parseMinutes(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.');
  return /^\d{1,5}(\.\d{1,6})?$/.test(trimmed) ? Math.round(Number(trimmed) * 60) : undefined;
}
