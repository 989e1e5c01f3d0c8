import { call } from '../../api/client.ts';
import type { Operations } from '../../api/operations.ts';
import type { TestCalls } from '../server/test-calls.ts';
import { exchangeTexts } from './texts.ts';

export type ConnectionDraft = NonNullable<Operations['startExchangeConnectionTest']['body']['draft']>;

/** Testing one Exchange connection by itself. */
export function connectionTestsOf(id: string): TestCalls<ConnectionDraft> {
  const path = { id };
  return {
    key: `exchange ${id}`,
    start: async (body) => (await call('startExchangeConnectionTest', { path, body })).data,
    find: async (testId) => (await call('getExchangeConnectionTest', { path: { id, testId } })).data,
    list: async (limit) => (await call('listExchangeConnectionTests', { path, query: { limit } })).data.items,
    labelOf: (pointer) => exchangeTexts().labels[pointer] ?? pointer,
  };
}
