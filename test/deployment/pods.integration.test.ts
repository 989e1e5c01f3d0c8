/* The containers of the manifests over a real broker: same command, environment, user, file modes and mounts. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'tap';
import { brokersForTest, kafkaVariables, testLogKey } from '../distributed/test-brokers.ts';
import { freePort } from '../peers/free-port.ts';
import { requirePeer } from '../peers/peer.ts';
import { waitFor } from '../peers/wait-for.ts';
import { readManifests, readWorkloads, type Workload } from './manifests.ts';
import { openFolder, type Pod, startPod, volumeFolder } from './pod.ts';

/** The probe of the manifest, as the kubelet asks it. */
async function isAnswered(port: number, { container }: Workload, which: 'livenessProbe' | 'readinessProbe') {
  const path = container[which]?.httpGet.path ?? '/none';
  const answer = await fetch(`http://127.0.0.1:${port}${path}`).catch(() => undefined);
  return answer?.status === 200;
}

test('the pods run as the manifests say, twice over the same volumes', async (t) => {
  if (!requirePeer(t, 'namespaces', 'kafka')) return;
  const kafka = await brokersForTest(t);
  const directory = openFolder(mkdtempSync(join(tmpdir(), 'pods-')));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const ports = { mailer: await freePort(), 'config-api': await freePort() };
  const here = (name: Workload['name']): Readonly<Record<string, string>> => ({
    ...kafkaVariables(kafka),
    // The broker of the tests knows no sign-in. The file of the password is there all the same.
    KAFKA_SSL: 'false',
    KAFKA_SASL_MECHANISM: '',
    KAFKA_SASL_USERNAME: '',
    KAFKA_SASL_PASSWORD_FILE: '',
    PORT: String(ports[name]),
    ...(name === 'config-api' ? { MAILER_URL: `http://127.0.0.1:${ports.mailer}` } : {}),
  });
  const secrets = { 'log-keys': { 'log.keys': testLogKey }, 'kafka-password': { password: 'secret' } };
  const workloads = readWorkloads(readManifests());
  const start = async (workload: Workload): Promise<Pod> => {
    const { name } = workload;
    const pod = startPod({ workload, directory, environment: here(name), secrets });
    t.teardown(pod.kill);
    await waitFor(`${name} to be ready`, async () =>
      (await isAnswered(ports[name], workload, 'readinessProbe')) ? true : undefined,
    ).catch((error: unknown) => {
      t.comment(pod.output());
      throw error;
    });
    t.ok(await isAnswered(ports[name], workload, 'livenessProbe'), `${name} is alive`);
    return pod;
  };

  let keys: string[] = [];
  for (const round of ['the first start', 'a start on what the first one left']) {
    const pods: Pod[] = [];
    for (const workload of workloads) pods.push(await start(workload));
    const configApi = workloads.find(({ name }) => name === 'config-api');
    if (configApi === undefined) throw new Error('there is no config-api');
    const adminKey = readFileSync(
      join(volumeFolder(directory, configApi, 'state'), 'admin.key'),
      'utf8',
    ).trim();
    const answer = await fetch(`http://127.0.0.1:${ports['config-api']}/v1/queue`, {
      headers: { authorization: `Bearer ${adminKey}` },
    });
    t.equal(answer.status, 200, `${round}: config-api asks the mailer`);
    keys = [...keys, adminKey];
    for (const pod of pods.toReversed()) t.equal(await pod.stop(), 0, `${round}: ends in good order`);
  }
  t.equal(new Set(keys).size, 1, 'the key is the same');
  const owners = execFileSync('find', [directory, '-name', 'key-1.jwk.json', '-printf', '%U'], {
    encoding: 'utf8',
  });
  t.equal(owners, '1000', 'the private key was made by the user of the pod');
});
