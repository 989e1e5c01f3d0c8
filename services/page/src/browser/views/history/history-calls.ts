import { call } from '../../api/client.ts';
import type { Operations } from '../../api/operations.ts';
import { goTo } from '../../router.ts';
import { serverLabels, type ValueLabels } from '../../parts/setting-labels.ts';

type HistoryOperation = Operations['getOutgoingServerHistory'];
type Diff = Operations['diffOutgoingServerVersions']['response'];

export type History = HistoryOperation['response'];
export type Change = History['items'][number];

/** The history of something that has versions, and the way back: the outgoing server, an Exchange connection. */
export interface HistoryCalls {
  /** Tells it apart from other histories. */
  readonly key: string;
  /** Events after which there may be another version. */
  readonly events: readonly string[];
  readonly labels: ValueLabels;
  page(query: HistoryOperation['query']): Promise<History>;
  diff(from: number, to: number): Promise<Diff>;
  /** Gives the new version. */
  revert(current: number, body: { readonly version: number; readonly reason?: string }): Promise<number>;
  /** Where one goes on after going back. */
  done(): void;
}

const path = { id: 'default' };

export const serverHistory: HistoryCalls = {
  key: 'server',
  events: ['settings-changed'],
  labels: serverLabels,
  page: async (query) => (await call('getOutgoingServerHistory', { path, query })).data,
  diff: async (from, to) => (await call('diffOutgoingServerVersions', { path, query: { from, to } })).data,
  async revert(current, body) {
    const headers = { 'if-match': `"${current}"` };
    return (await call('revertOutgoingServer', { path, headers, body })).data.version;
  },
  done: () => goTo('server'),
};
