import { call } from '../../api/client.ts';
import type { Operations } from '../../api/operations.ts';
import { goTo } from '../../router.ts';
import { serverLabels, type ValueLabels } from '../../parts/setting-labels.ts';

type Diff = Operations['diffOutgoingServerVersions']['response'];

/** How something is brought back that has versions: the outgoing server, an Exchange connection. */
export interface RevertCalls {
  readonly labels: ValueLabels;
  diff(from: number, to: number): Promise<Diff>;
  /** Gives the new version. */
  revert(current: number, body: { readonly version: number; readonly reason?: string }): Promise<number>;
  /** Where one goes on afterwards. */
  done(): void;
}

const path = { id: 'default' };

export const serverReverts: RevertCalls = {
  labels: serverLabels,
  diff: async (from, to) => (await call('diffOutgoingServerVersions', { path, query: { from, to } })).data,
  async revert(current, body) {
    const headers = { 'if-match': `"${current}"` };
    return (await call('revertOutgoingServer', { path, headers, body })).data.version;
  },
  done: () => goTo('server'),
};
