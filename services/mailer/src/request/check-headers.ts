import { type Finding, finding } from '@postausgang/contracts';
import { fitsHeaderKind, headerKind } from './allowed-headers.ts';

/** What is wrong with the headers a request sets: names off the allow-list, broken values, a name set twice. */
export function checkHeaders(headers: Readonly<Record<string, string>>): Finding[] {
  const seen = new Set<string>();
  return Object.entries(headers).flatMap(([name, value]) => {
    const pointer = `/headers/${escapePointer(name)}`;
    const kind = headerKind(name);
    const isRepeated = seen.has(name.toLowerCase());
    seen.add(name.toLowerCase());
    if (kind === undefined) {
      return [finding(pointer, 'header-not-allowed')];
    }
    return [
      ...(isRepeated ? [finding(pointer, 'duplicate-entry')] : []),
      ...(fitsHeaderKind(kind, value) ? [] : [finding(pointer, 'wrong-format')]),
    ];
  });
}

/** RFC 6901 §3. */
function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}
