import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { events, type EventRecord, topics, writeRecord } from '@postausgang/contracts';
import { eachEvent, type EventLog, type Position, startFold } from '@postausgang/event-log';
import {
  createSettingsState,
  defaultContent,
  evolveSettings,
  type SettingsState,
  type Verdict,
} from '@postausgang/settings';
import { test } from 'tap';
import type { Test } from 'tap';

/** Opens a log with the topics of the product, which hold nothing yet; the suite closes it. */
export type OpenProductLog = (t: Test) => Promise<EventLog>;

/** Something that is appended to the settings. `repeat` is a change from before, once more. */
type Step =
  | { readonly kind: 'change'; readonly server: number; readonly expectedVersion: number }
  | { readonly kind: 'repeat'; readonly of: number }
  | { readonly kind: 'garbage' }
  | { readonly kind: 'foreign' };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('change' as const),
      server: fc.nat(2),
      expectedVersion: fc.nat(3),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('repeat' as const), of: fc.nat(50) }) },
  fc.constant({ kind: 'garbage' as const }),
  fc.constant({ kind: 'foreign' as const }),
);

/** Appends, each of one or several records. */
const histories = fc.array(fc.array(steps, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 8 });

type Change = Extract<Step, { readonly kind: 'change' }> & {
  readonly id: string;
  readonly timeoutSeconds: number;
};

/** What the steps have to become, computed without any of the code that is tested. */
interface Model {
  /** Every run of the property has servers of its own, since all of them share one log. */
  readonly run: string;
  /** Of each server: how many changes counted, and what the last of them has set. */
  readonly servers: Map<number, { version: number; timeoutSeconds: number }>;
  /** The first verdict on each event. */
  readonly verdicts: Map<string, Verdict>;
  readonly changes: Change[];
  garbage: number;
}

const nameOf = (run: string, server: number) => `outgoing-servers/${run}-${server}`;

function applyToModel(model: Model, step: Step): Change | undefined {
  if (step.kind === 'garbage') model.garbage += 1;
  if (step.kind === 'repeat') return model.changes[step.of % Math.max(1, model.changes.length)];
  if (step.kind !== 'change') return undefined;
  const change = { ...step, id: randomUUID(), timeoutSeconds: 10 + model.changes.length };
  model.changes.push(change);
  const version = model.servers.get(step.server)?.version ?? 0;
  const isAccepted = version === step.expectedVersion;
  model.verdicts.set(change.id, isAccepted ? 'accepted' : 'conflict');
  if (isAccepted) {
    model.servers.set(step.server, { version: version + 1, timeoutSeconds: change.timeoutSeconds });
  }
  return change;
}

function changeRecord({ run }: Model, { id, server, expectedVersion, timeoutSeconds }: Change): EventRecord {
  const resource = nameOf(run, server);
  return writeRecord(resource, {
    id,
    type: events.settingsChanged.type,
    source: '/test',
    time: '2026-11-23T08:15:00.000Z',
    data: {
      resource,
      expectedVersion,
      operation: 'put',
      revertedTo: null,
      content: { ...defaultContent, timeoutSeconds },
      actor: { kind: 'api-key', id: 'test', name: 'test' },
      reason: null,
    },
  });
}

const garbage = { key: 'x', headers: {}, value: new TextEncoder().encode('{') };
const foreign = () =>
  writeRecord('m1', {
    id: randomUUID(),
    type: events.mailerStopped.type,
    source: '/test',
    time: '2026-11-23T08:15:00.000Z',
    data: { mailerId: 'm1' },
  });

function recordOf(step: Step, model: Model) {
  const change = applyToModel(model, step);
  if (change !== undefined) return changeRecord(model, change);
  return step.kind === 'garbage' ? garbage : foreign();
}

/** The servers of one run, in the form of the model. */
function serversOf(state: SettingsState, { run }: Model): Model['servers'] {
  const servers: Model['servers'] = new Map();
  for (const server of [0, 1, 2]) {
    const found = state.servers.get(nameOf(run, server));
    if (found !== undefined && found.version > 0) {
      servers.set(server, { version: found.version, timeoutSeconds: found.content.timeoutSeconds });
    }
  }
  return servers;
}

async function endOf(log: EventLog): Promise<readonly Position[]> {
  const bounds = await log.bounds(topics.settings.name);
  return bounds.map(({ partition, end }) => ({ partition, offset: end }));
}

function foldSettings(log: EventLog, from?: readonly Position[]) {
  const apply = eachEvent(evolveSettings);
  const start = from === undefined ? {} : { from: () => from };
  return startFold({ log, topic: 'settings', state: createSettingsState(), apply, ...start });
}

/** Appends a history while a fold follows it. That one, and every reader later, agrees with the model. */
async function runHistory(log: EventLog, history: readonly (readonly Step[])[]): Promise<Model> {
  const run = randomUUID();
  const model: Model = { run, servers: new Map(), verdicts: new Map(), changes: [], garbage: 0 };
  const from = await endOf(log);
  const live = foldSettings(log, from);
  await live.caughtUp;
  const verdicts: Promise<readonly [string, Verdict | undefined]>[] = [];
  for (const batch of history) {
    const known = model.changes.length;
    const records = batch.map((step) => recordOf(step, model));
    for (const { id } of model.changes.slice(known)) {
      verdicts.push(live.verdictOn(id).then((verdict) => [id, verdict] as const));
    }
    await log.append(topics.settings.name, records);
  }
  await live.catchUp();
  const late = foldSettings(log, from);
  await late.caughtUp;
  assert.deepEqual(serversOf(live.state, model), model.servers, 'while it was written');
  assert.deepEqual(serversOf(late.state, model), model.servers, 'afterwards');
  assert.deepEqual(new Map(await Promise.all(verdicts)), model.verdicts, 'everybody hears of the own event');
  assert.deepEqual([live.unreadableRecords(), late.unreadableRecords()], [model.garbage, model.garbage]);
  await Promise.all([live.stop(), late.stop()]);
  return model;
}

/** What a fold promises, whatever log it follows. */
export function foldSuite(name: string, open: OpenProductLog, numRuns: number): void {
  const scenario = (title: string, run: (t: Test, log: EventLog) => Promise<void>): void => {
    test(`${name}: ${title}`, async (t) => {
      const log = await open(t);
      t.teardown(() => log.close());
      await run(t, log);
    });
  };

  scenario(
    'a fold of any history is what its events say, with repeats ignored and garbage counted',
    async (t, log) => {
      const models: Model[] = [];
      const property = fc.asyncProperty(histories, async (history) => {
        models.push(await runHistory(log, history));
      });
      await t.resolves(fc.assert(property, { numRuns }));
      const cold = foldSettings(log);
      await cold.caughtUp;
      const ofAll = models.map((model) => serversOf(cold.state, model));
      t.same(
        ofAll,
        models.map(({ servers }) => servers),
        'from the start of the log',
      );
      const garbageOfAll = models.reduce((sum, model) => sum + model.garbage, 0);
      t.equal(cold.unreadableRecords(), garbageOfAll);
      t.ok(garbageOfAll > 0 && ofAll.some((servers) => servers.size > 1), 'the histories are worth it');
      await cold.stop();
    },
  );

  scenario('a fold says when it has passed a position, in every partition', async (t, log) => {
    const seen: string[] = [];
    const apply = eachEvent((state: string[], { id }) => void state.push(id));
    const fold = startFold({ log, topic: 'mailEvents', state: seen, apply });
    await fold.caughtUp;
    const mailIds = Array.from({ length: 40 }, (_, index) => `m${index}`);
    const positions = await log.append(topics.mailEvents.name, mailIds.map(heldRecord));
    const known = await Promise.all(
      positions.map(async (position, index) => {
        await fold.reached(position);
        return seen.includes(`held m${index}`);
      }),
    );
    t.notOk(known.includes(false));
    await fold.catchUp();
    t.same(seen.toSorted(), mailIds.map((mailId) => `held ${mailId}`).toSorted());
    t.equal(await fold.reached({ partition: 0, offset: 1_000 }, { timeoutMs: 1 }), false);
    await fold.stop();
  });
}

function heldRecord(mailId: string): EventRecord {
  return writeRecord(mailId, {
    id: `held ${mailId}`,
    type: events.mailHeld.type,
    source: '/test',
    time: '2026-11-23T08:15:00.000Z',
    data: { mailId, messageId: null, businessReference: null, metadata: {}, reason: 'requested' },
  });
}
