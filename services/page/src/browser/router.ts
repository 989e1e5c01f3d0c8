import { useEffect, useState } from 'preact/hooks';

/** The parts of the address behind `#/`: `['mails', '<id>']`. */
export type Route = readonly string[];

/** What an address says of the state of a view: `#/mails?q=rechnung&state=failed`. */
export type Search = Readonly<Record<string, string>>;

const hashParts = (): readonly [path: string, search: string] => {
  const [path = '', ...search] = location.hash.replace(/^#\/?/, '').split('?');
  return [path, search.join('?')];
};

function currentRoute(): Route {
  const parts = hashParts()[0].split('/');
  return parts.filter((part) => part !== '').map(decode);
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function linkTo(...parts: readonly (string | number)[]): string {
  return `#/${parts.map((part) => encodeURIComponent(part)).join('/')}`;
}

export function goTo(...parts: readonly (string | number)[]): void {
  location.hash = linkTo(...parts);
}

export function useRoute(): Route {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const listener = (): void => setRoute(currentRoute());
    addEventListener('hashchange', listener);
    return () => removeEventListener('hashchange', listener);
  }, []);
  return route;
}

/** An address of a view with its state. Empty values are left out. */
export function linkWith(search: Search, ...parts: readonly string[]): string {
  const given = Object.entries(search).filter(([, value]) => value !== '');
  return `${linkTo(...parts)}${given.length === 0 ? '' : `?${new URLSearchParams(given).toString()}`}`;
}

const currentSearch = (): string => hashParts()[1];

/** The state of the view in the address. */
export function useSearch(): Search {
  const [search, setSearch] = useState(currentSearch);
  useEffect(() => {
    const listener = (): void => setSearch(currentSearch());
    addEventListener('hashchange', listener);
    return () => removeEventListener('hashchange', listener);
  }, []);
  return Object.fromEntries(new URLSearchParams(search));
}
