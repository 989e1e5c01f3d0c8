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

/** Asks a person who is about to leave the view; undefined: the view has nothing to lose. */
let ask: ((go: () => void) => void) | undefined;

/** The address of the view; it changes only once nothing holds the person there any more. */
export function useRoute(): Route {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    let shown = location.hash;
    const listener = (): void => {
      const wanted = location.hash;
      if (ask === undefined) {
        shown = wanted;
        setRoute(currentRoute());
        return;
      }
      history.replaceState(null, '', shown === '' ? '#/' : shown);
      leave(() => {
        location.hash = wanted;
      });
    };
    addEventListener('hashchange', listener);
    return () => removeEventListener('hashchange', listener);
  }, []);
  return route;
}

/** Leaves the view, at once or after the question that it asks. */
export function leave(go: () => void): void {
  if (ask === undefined) go();
  else ask(go);
}

interface LeaveQuestion {
  /** Somebody wants to leave and has not answered yet. */
  readonly isAsked: boolean;
  readonly stay: () => void;
  /** Leaves without a question: to where the person wanted to go, or somewhere else. */
  readonly leaveNow: (elsewhere?: () => void) => void;
}

/** The view asks before it is left, and the browser asks before it closes or reloads the page. */
export function useLeaveQuestion(): LeaveQuestion {
  const [go, setGo] = useState<() => void>();
  useEffect(() => {
    const unload = (event: Event): void => event.preventDefault();
    ask = (wanted) => setGo(() => wanted);
    addEventListener('beforeunload', unload);
    return () => {
      ask = undefined;
      removeEventListener('beforeunload', unload);
    };
  }, []);
  return {
    isAsked: go !== undefined,
    stay: () => setGo(undefined),
    leaveNow: (elsewhere = go) => {
      ask = undefined;
      elsewhere?.();
    },
  };
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
