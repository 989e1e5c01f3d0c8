const form =
  /^(\d{4})-(\d{2})-(\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/**
 * The instant of an RFC 3339 text in milliseconds since 1970-01-01T00:00:00Z, or undefined when there is no such
 * instant: 30 February, 24:00, or a leap second, which no clock of ours can name.
 */
export function parseInstant(text: string): number | undefined {
  const [, year, month, day] = form.exec(text) ?? [];
  if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  return Date.parse(text);
}

function isCalendarDay(year: number, month: number, day: number): boolean {
  const lastDayOfMonth = new Date(0);
  lastDayOfMonth.setUTCFullYear(year, month, 0);
  return month >= 1 && month <= 12 && day >= 1 && day <= lastDayOfMonth.getUTCDate();
}
