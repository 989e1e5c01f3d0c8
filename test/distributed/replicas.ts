import { createHash } from 'node:crypto';
import type { History, OutgoingServerView } from '@postausgang/contracts';
import { topics } from '@postausgang/contracts';
import type { Test } from 'tap';
import { type Service, serverPath, startService } from '../config-api/fixture.ts';
import { open } from '../event-log/kafka/open-for-test.ts';
import type { TestBrokers } from './test-brokers.ts';

const writesPerReplica = 150;
const writersPerReplica = 10;

interface Answers {
  /** Version to the sender name that was answered with it. */
  readonly accepted: Map<number, string>;
  readonly refused: Set<string>;
  readonly others: number[];
}

async function startReplica(t: Test, kafka: TestBrokers, directory: string): Promise<Service> {
  const log = await open(t, { ...kafka, topics: Object.values(topics) });
  return startService(t, { directory, log });
}

async function writeOnce(replica: Service, name: string, { accepted, refused, others }: Answers) {
  const { headers } = await replica.call('GET', serverPath);
  const { status, body } = await replica.call('PATCH', serverPath, {
    headers: { 'if-match': String(headers['etag']) },
    body: { senderAddress: { name, address: 'erp@acme.example' } },
  });
  if (status === 200) accepted.set(Number(body['version']), name);
  else if (status === 412) refused.add(name);
  else others.push(status);
}

async function writeAll(replica: Service, number: number, answers: Answers): Promise<void> {
  let written = 0;
  const writer = async (): Promise<void> => {
    while (written < writesPerReplica) {
      written += 1;
      await writeOnce(replica, `replica ${number}, write ${written}`, answers);
    }
  };
  await Promise.all(Array.from({ length: writersPerReplica }, writer));
}

/** Everything a replica tells of the settings, the newest version first. */
async function stateOf(replica: Service) {
  const names = new Map<number, unknown>();
  const pages: unknown[] = [(await replica.call('GET', '/v1/api-keys')).body];
  for (let cursor: string | null = ''; cursor !== null;) {
    const query = `limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`;
    const { body } = await replica.call('GET', `${serverPath}/history?${query}`);
    const { items, nextCursor } = body as unknown as History;
    for (const { version, differences } of items) {
      names.set(version, differences.find(({ pointer }) => pointer === '/senderAddress/name')?.to);
    }
    pages.push(items);
    cursor = nextCursor;
  }
  const { applied: _applied, ...server } = (await replica.call('GET', serverPath))
    .body as unknown as OutgoingServerView;
  const hash = createHash('sha256')
    .update(JSON.stringify([server, pages]))
    .digest('hex');
  return { version: server.version, names, hash };
}

/** Three config-apis over one Kafka, all written to at once, and one that starts when all is over. */
export async function writesToThreeReplicas(t: Test, kafka: TestBrokers, directory: string): Promise<void> {
  const first = await startReplica(t, kafka, directory);
  const others = [await startReplica(t, kafka, directory), await startReplica(t, kafka, directory)];
  const replicas = [first, ...others];
  const answers: Answers = { accepted: new Map(), refused: new Set(), others: [] };
  await Promise.all(replicas.map((replica, index) => writeAll(replica, index + 1, answers)));

  const { accepted, refused } = answers;
  t.same(answers.others, [], 'every write is answered with 200 or 412');
  t.equal(accepted.size + refused.size, replicas.length * writesPerReplica, 'no version is given twice');
  t.ok(accepted.size > 0 && refused.size > 0, 'some won and some lost');
  const cold = await startReplica(t, kafka, directory);
  const states = await Promise.all([...replicas, cold].map(stateOf));
  t.equal(new Set(states.map(({ hash }) => hash)).size, 1, 'all replicas and a cold one have the same state');
  const [{ version, names } = { version: -1, names: new Map() }] = states;
  t.equal(version, accepted.size, 'every version is one that was answered');
  const lost = [...accepted].filter(([number, name]) => names.get(number) !== name);
  t.same(lost, [], 'no accepted write is lost');
  t.notOk(
    [...names.values()].some((name) => refused.has(String(name))),
    'no refused write counts',
  );
  t.comment(`${accepted.size} writes accepted, ${refused.size} answered 412, ${lost.length} lost`);
}
