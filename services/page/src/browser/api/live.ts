/*
 * Loading data, and following the events of the service to load it again. Each visible tab has one event stream; a hidden
 * tab has none, because a browser allows few connections per origin. A tab that becomes visible again continues after the
 * last event it has read. If events may have been lost, the stream says so (`reset`), and everything shown is reloaded.
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { type ApiProblem, asProblem } from './client.ts';

export interface Loaded<T> {
  readonly data: T | undefined;
  readonly problem: ApiProblem | undefined;
  /** Loads again and keeps showing the current data meanwhile. */
  readonly reload: () => void;
  readonly set: (data: T) => void;
}

const retryMs = 3_000;

/** Loads when the key changes and on `reload`. If the service cannot be reached, it tries again. */
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

/** Runs at most once per interval, and always once after the last call. */
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

export interface LiveEvent {
  readonly name: string;
  /** When it happened. */
  readonly time: string;
  readonly data: Readonly<Record<string, unknown>>;
}

type Listener = (event: LiveEvent) => void;

/** Events may have been missed, so everything shown is reloaded. */
const reset: LiveEvent = { name: 'reset', time: '', data: {} };
const reconnectMs = 5_000;
/** Events that change a mail. */
export const mailEvents = [
  'mail-attempt-started',
  'mail-sent',
  'mail-deferred',
  'mail-failed',
  'mail-outcome-unknown',
  'mail-held',
  'mail-released',
  'mail-cancelled',
  'mail-resolved',
  'mail-requeued',
  'mail-lookup-ended',
  'mail-command-declined',
];
/** Every event that is followed. */
export const liveEvents = [
  'settings-changed',
  'environment-confirmed',
  'exchange-connection-changed',
  'certificate-changed',
  'sender-changed',
  'sending-mode-changed',
  'settings-applied',
  'mailer-started',
  'mailer-stopped',
  'connection-test-requested',
  'connection-test-progressed',
  'connection-test-result',
  'sender-checked',
  ...mailEvents,
  'mail-refused',
];

const listeners = new Set<Listener>();
let source: EventSource | undefined;
let lastEventId = '';
let retry: ReturnType<typeof setTimeout> | undefined;
let isWanted = false;

function tell(event: LiveEvent): void {
  for (const listener of listeners) listener(event);
}

function contentOf(text: string): Pick<LiveEvent, 'time' | 'data'> {
  const { time, data }: { time: string; data: LiveEvent['data'] | null } = JSON.parse(text);
  return { time, data: data ?? {} };
}

function connect(): void {
  if (source !== undefined || !isWanted || document.hidden) return;
  const query = lastEventId === '' ? '' : `?lastEventId=${encodeURIComponent(lastEventId)}`;
  const opened = new EventSource(`./v1/events${query}`);
  source = opened;
  const remember = ({ lastEventId: id }: MessageEvent): void => void (id !== '' && (lastEventId = id));
  for (const name of liveEvents) {
    opened.addEventListener(name, (message: MessageEvent<string>) => {
      remember(message);
      tell({ name, ...contentOf(message.data) });
    });
  }
  opened.addEventListener('ready', remember);
  opened.addEventListener('reset', (message) => {
    remember(message);
    tell(reset);
  });
  opened.addEventListener('error', () => {
    if (opened.readyState !== EventSource.CLOSED) return;
    disconnect();
    retry = setTimeout(connect, reconnectMs);
  });
}

function disconnect(): void {
  clearTimeout(retry);
  source?.close();
  source = undefined;
}

/** Follows the events while a person is signed in. */
export function watchEvents(wanted: boolean): void {
  isWanted = wanted;
  if (wanted) connect();
  else {
    disconnect();
    lastEventId = '';
  }
}

document.addEventListener('visibilitychange', () => {
  if (document.hidden) disconnect();
  else connect();
});

/** Calls the listener for these events, and when events may have been missed. */
export function useLive(wanted: readonly string[], listener: Listener): void {
  const latest = useRef(listener);
  latest.current = listener;
  const key = wanted.join(' ');
  useEffect(() => {
    const take: Listener = (event) => {
      if (event.name === 'reset' || key.split(' ').includes(event.name)) latest.current(event);
    };
    listeners.add(take);
    return () => void listeners.delete(take);
  }, [key]);
}
