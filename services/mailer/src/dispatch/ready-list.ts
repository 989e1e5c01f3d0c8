/** Ids of mails that are due, so that the view need not be asked for each. Whoever takes one looks at its row again. */
export interface ReadyList {
  /** A mail that has become due. */
  offer(id: string): void;
  /** There may be due mails the list does not know. */
  invalidate(): void;
  next(): string | undefined;
}

export interface DueMails {
  readonly ids: readonly string[];
  /** Whether these are all. */
  readonly complete: boolean;
}

const maxOffered = 10_000;

export function createReadyList(ask: () => DueMails): ReadyList {
  let listed: readonly string[] = [];
  let taken = 0;
  let offered: string[] = [];
  let complete = false;

  const refill = (): void => {
    taken = 0;
    listed = offered;
    offered = [];
    if (!complete) {
      ({ ids: listed, complete } = ask());
    }
  };
  return {
    offer(id) {
      if (offered.length < maxOffered) {
        offered.push(id);
      } else {
        complete = false;
      }
    },
    invalidate() {
      complete = false;
    },
    next() {
      if (taken >= listed.length) {
        refill();
      }
      const id = listed[taken];
      taken += 1;
      return id;
    },
  };
}
