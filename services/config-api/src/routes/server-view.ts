import type { OutgoingServerView } from '@postausgang/contracts';
import { ProblemError } from '@postausgang/http-server';
import { defaultServerOf, versionView } from '@postausgang/settings';
import type { OutgoingServerState } from '@postausgang/settings';
import type { RouteContext } from './route-context.ts';

/** The default server; every other id is `not-found`. */
export function requireServer({ store }: Pick<RouteContext, 'store'>, id: string): OutgoingServerState {
  if (id !== 'default') throw new ProblemError('not-found', { detail: 'There is no such outgoing server.' });
  return defaultServerOf(store.state);
}

/** The value that was looked for; without one `not-found` with this detail. */
export function found<Value>(value: Value | undefined, detail: string): Value {
  if (value === undefined) throw new ProblemError('not-found', { detail });
  return value;
}

/** One version of the server as GET answers it; later versions may exist already. */
export function viewOfVersion(
  { mailers }: Pick<RouteContext, 'mailers'>,
  state: OutgoingServerState,
  version: number,
): OutgoingServerView {
  const view = versionView(state, version);
  if (view === undefined) throw new Error(`The fold has no version ${version}`);
  return { ...view.settings, applied: mailers.of(version) };
}
