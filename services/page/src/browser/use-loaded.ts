import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from './api/problem.ts';

export interface Loaded<T> {
  readonly data: T | undefined;
  readonly problem: ApiProblem | undefined;
  /** Loads again, and keeps showing what there is meanwhile. */
  readonly reload: () => void;
  readonly set: (data: T) => void;
}

const retryMs = 3_000;

/** Loads when the key changes and when it is told to. What cannot be reached is tried again by itself. */
export function useLoaded<T>(key: string, load: () => Promise<T>): Loaded<T> {
  const [state, setState] = useState<{ key: string; data?: T; problem?: ApiProblem }>({ key });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    let isCurrent = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    latest.current().then(
      (data) => isCurrent && setState({ key, data }),
      (error: unknown) => {
        if (!isCurrent) return;
        const problem = asProblem(error);
        setState((before) => (before.key === key ? { ...before, problem } : { key, problem }));
        if (problem.code === 'offline') timer = setTimeout(() => setRound((count) => count + 1), retryMs);
      },
    );
    return () => {
      isCurrent = false;
      clearTimeout(timer);
    };
  }, [key, round]);
  const reload = useCallback(() => setRound((count) => count + 1), []);
  const set = useCallback((data: T) => setState({ key, data }), [key]);
  const isFresh = state.key === key;
  return {
    data: isFresh ? state.data : undefined,
    problem: isFresh ? state.problem : undefined,
    reload,
    set,
  };
}

/** Runs at most once in so many milliseconds, and always once more after the last call. */
export function useCalm(work: () => void, ms = 250): () => void {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => () => clearTimeout(timer.current), []);
  return useCallback(() => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      latest.current();
    }, ms);
  }, [ms]);
}
