/**
 * How long 10,000 senders take: to be folded from their events, as at each start; to be compared with the same list; and
 * one to be found. `npm run bench:senders [rounds]`
 */
import { randomUUID } from 'node:crypto';
import {
  events,
  maxListedSenders,
  type PostausgangEvent,
  type SenderListEntry,
} from '@postausgang/contracts';
import {
  createSettingsState,
  decideSenderList,
  evolveSettings,
  referencesOf,
  resolveSender,
  type SettingsState,
} from '@postausgang/settings';
import { median } from './statistics.ts';

const rounds = Number(process.argv[2] ?? '5');
const actor = { kind: 'api-key', id: 'erp', name: 'ERP' } as const;
const entries = Array.from({ length: maxListedSenders }, (_, index): SenderListEntry => ({
  name: `Employee ${index}`,
  address: `employee${index}@acme.example`,
  for: { kind: 'employee', key: String(index), branch: 'berlin' },
  replyTo: [{ address: 'office@acme.example' }],
}));

function compared(state: SettingsState) {
  const command = { source: 'erp', entries, actor, reason: null };
  const decision = decideSenderList(state.senders, command, referencesOf(state));
  if (decision.outcome === 'refused') throw new Error('The list is refused');
  return decision;
}

const time = new Date().toISOString();
const history = compared(createSettingsState()).changes.map(({ data }): PostausgangEvent => {
  const { type } = events.senderChanged;
  return { id: randomUUID(), source: '/bench', time, type, data };
});

function timed<Result>(times: number[], act: () => Result): Result {
  const startMs = performance.now();
  const result = act();
  times.push(performance.now() - startMs);
  return result;
}

const [folds, lists, lookups]: readonly [number[], number[], number[]] = [[], [], []];
for (let round = 0; round < rounds; round += 1) {
  const state = createSettingsState();
  timed(folds, () => history.forEach((event) => evolveSettings(state, event)));
  const { changes } = timed(lists, () => compared(state));
  if (changes.length > 0) throw new Error('The same list changes something');
  const query = { employee: '4711', branch: 'berlin' };
  const { sender } = timed(lookups, () => resolveSender(state.senders, query, null));
  if (sender === null) throw new Error('The sender is not found');
}
console.table({
  'fold 10,000 senders': { 'median ms': median(folds).toFixed(1) },
  'compare the same list': { 'median ms': median(lists).toFixed(1) },
  'find one of them': { 'median ms': median(lookups).toFixed(3) },
});
