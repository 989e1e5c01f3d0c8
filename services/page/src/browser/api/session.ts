import { useEffect, useState } from 'preact/hooks';
import { call, onSignedOut } from './client.ts';
import { watchEvents } from './live.ts';
import type { Answer } from '@postausgang/client';

export type Me = Answer<'GET /v1/session'>;
export type Scope = Me['scopes'][number];

/** `unknown` until the service has answered for the first time. */
type SessionState =
  { readonly state: 'unknown' } | { readonly state: 'out' } | { readonly state: 'in'; readonly me: Me };

let current: SessionState = { state: 'unknown' };
const listeners = new Set<() => void>();
const renewEveryMs = 4 * 60_000;
/** Milliseconds by the monotonic clock: a wall clock that is set back would let the session of somebody at work end. */
let renewedAt = 0;

function set(next: SessionState): void {
  current = next;
  watchEvents(next.state === 'in');
  for (const listener of listeners) listener();
}

/** Loads who is signed in. Throws if the service cannot be reached. */
export async function loadSession(): Promise<void> {
  renewedAt = performance.now();
  const data = await call('GET /v1/session', {});
  set({ state: 'in', me: data });
}

export async function signIn(credential: string): Promise<void> {
  const data = await call('POST /v1/session', { body: { credential } });
  renewedAt = performance.now();
  set({ state: 'in', me: data });
}

/** Where the identity provider has a sign-out of its own, the browser goes on there. */
export async function signOut(): Promise<void> {
  const ended = await call('DELETE /v1/session', {});
  for (const key of Object.keys(sessionStorage)) sessionStorage.removeItem(key);
  set({ state: 'out' });
  if (ended !== undefined) location.assign(ended.continueAt);
}

export const may = (scope: Scope): boolean => current.state === 'in' && current.me.scopes.includes(scope);

export function useSession(): SessionState {
  const [shown, show] = useState(current);
  useEffect(() => {
    const listener = (): void => show(current);
    listeners.add(listener);
    listener();
    return () => void listeners.delete(listener);
  }, []);
  return shown;
}

onSignedOut(() => {
  if (current.state !== 'out') set({ state: 'out' });
});

/** Only activity of a person keeps a session alive; what the page loads by itself does not. */
function renewWhileWorking(): void {
  if (current.state !== 'in' || performance.now() - renewedAt < renewEveryMs) return;
  void loadSession().catch(() => undefined);
}
for (const name of ['keydown', 'pointerdown']) addEventListener(name, renewWhileWorking, { passive: true });
