import { language } from './language.ts';

const locale = (): string => (language() === 'de' ? 'de-DE' : 'en-GB');

/** `25. Nov. 2026, 17:30` */
export function formatInstant(instant: string | null): string {
  if (instant === null) return '–';
  const date = new Date(instant);
  if (Number.isNaN(date.getTime())) return instant;
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(date);
}

export function formatDate(instant: string): string {
  const date = new Date(instant);
  return Number.isNaN(date.getTime())
    ? instant
    : new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(date);
}

export function formatTime(instant: string): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'medium' }).format(new Date(instant));
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

/** Seconds as minutes, as people write them: 30 is `0,5`. */
export function formatMinutes(seconds: number): string {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: 4, useGrouping: false }).format(
    seconds / 60,
  );
}

/** Minutes as people write them, with a comma or a point, in whole seconds; undefined when it is no number. */
export function parseMinutes(text: string): number | undefined {
  const trimmed = text.trim().replace(',', '.');
  return /^\d{1,5}(\.\d{1,6})?$/.test(trimmed) ? Math.round(Number(trimmed) * 60) : undefined;
}
