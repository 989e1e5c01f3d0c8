import { call } from '../../api/client.ts';
import type { ConnectionTest } from '../../api/operations.ts';
import { labelOf } from '../../parts/setting-labels.ts';
import type { Patch } from './form.ts';

/** How something is tested that can be: the outgoing server, an Exchange connection. */
export interface TestCalls<Draft> {
  /** Tells what is tested from everything else that is. */
  readonly key: string;
  start(input: { readonly draft?: Draft; readonly probe?: { readonly to: string } }): Promise<ConnectionTest>;
  find(testId: string): Promise<ConnectionTest>;
  /** Newest first. */
  list(limit: number): Promise<readonly ConnectionTest[]>;
  labelOf(pointer: string): string;
}

const path = { id: 'default' };

export const serverTests: TestCalls<Patch> = {
  key: 'server',
  start: async (body) => (await call('startConnectionTest', { path, body })).data,
  find: async (testId) => (await call('getConnectionTest', { path: { ...path, testId } })).data,
  list: async (limit) => (await call('listConnectionTests', { path, query: { limit } })).data.items,
  labelOf,
};
