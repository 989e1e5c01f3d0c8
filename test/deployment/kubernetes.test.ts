import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'tap';
import { configApiVariables, readConfigApiVariables } from '../../services/config-api/src/config.ts';
import { mailerServerVariables, readMailerServerVariables } from '../../services/mailer/src/config.ts';
import { kustomizedFiles, type Manifest, readManifests, readWorkloads } from './manifests.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const manifests = readManifests();
const workloads = readWorkloads(manifests);
const settings = {
  'config-api': { variables: configApiVariables, readEnvironment: readConfigApiVariables },
  mailer: { variables: mailerServerVariables, readEnvironment: readMailerServerVariables },
};

/** Where the package of the schemas has the model of a kind. */
function modelPath({ apiVersion, kind }: Manifest): string {
  return apiVersion.startsWith('monitoring.coreos.com/')
    ? `@kubernetes-models/prometheus-operator/${apiVersion}/${kind}`
    : `kubernetes-models/${apiVersion}/${kind}`;
}

interface Model {
  validate(): void;
}

test('a kustomization names every manifest', async (t) => {
  const named = ['deploy/kubernetes', 'deploy/kubernetes/monitoring'].flatMap(kustomizedFiles);
  t.same([...named].toSorted(), [...new Set(manifests.map(({ file }) => file))].toSorted());
  t.ok(manifests.length > 15, `${manifests.length} manifests`);
});

test('every manifest fits the schema of its kind, without a field that Kubernetes does not know', async (t) => {
  for (const manifest of manifests) {
    const { file, ...content } = manifest;
    const models: Record<string, new (data: object) => Model> = await import(modelPath(manifest));
    const Kind = models[manifest.kind];
    if (Kind === undefined) throw new Error(`no schema for ${manifest.kind}`);
    t.doesNotThrow(() => new Kind(content).validate(), `${file}: ${manifest.kind}`);
  }
  // The schemas allow other fields; the types that belong to them do not.
  const lines = manifests.map(({ file, ...content }, index) => {
    const name = `I${content.kind}`;
    const model = modelPath({ file, ...content });
    return `import type { ${name} as Kind${index} } from '${model}';\nexport const one${index}: Kind${index} = ${JSON.stringify(content)};\n`;
  });
  const source = join(t.testdir(), 'manifests.ts');
  await writeFile(source, lines.join(''));
  const options = '--noEmit --strict --skipLibCheck --module nodenext --moduleResolution nodenext'.split(' ');
  const tsc = join(root, 'node_modules', '.bin', 'tsc');
  const check = promisify(execFile)(tsc, ['--ignoreConfig', ...options, source], { cwd: root });
  const said = await check.then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  );
  t.equal(said, '');
});

test('the pods get documented variables with values that the services take', async (t) => {
  for (const { name, container, image, given } of workloads) {
    const { variables, readEnvironment } = settings[name];
    const own = Object.fromEntries((container.env ?? []).map((variable) => [variable.name, `${name}-0`]));
    const together = { ...image.environment, ...given, ...own };
    const unknown = Object.keys(together).filter((key) => !(key in variables.properties));
    t.same(unknown, ['NODE_ENV'], `${name} knows every variable, but one of Node`);
    const values: Readonly<Record<string, unknown>> = readEnvironment(together);
    for (const [key, value] of Object.entries({ ...given, ...own })) {
      t.equal(String(values[key]), value, `${name}: ${key}`);
    }
    t.notOk(
      Object.keys(together).some((key) => /(PASSWORD|SECRET|LOG_KEYS)$/.test(key)),
      'no secret is plain',
    );
  }
});

test('what a pod writes to is a volume, and the private keys are the mailers’ alone', async (t) => {
  const paths = {
    mailer: ['DATA_DIR', 'KEY_DIRECTORY', 'CONTENT_DIRECTORY', 'PUBLIC_KEYS_FILE'],
    'config-api': ['ADMIN_KEY_FILE'],
  };
  for (const { name, container, image, given, pod } of workloads) {
    const mountOf = (path: string) =>
      container.volumeMounts.find(({ mountPath }) => path === mountPath || path.startsWith(`${mountPath}/`));
    for (const path of paths[name].map((key) => image.environment[key] ?? key)) {
      t.match(mountOf(path), { mountPath: String }, `${name}: ${path}`);
      t.not(mountOf(path)?.readOnly, true, path);
    }
    for (const file of Object.entries(given).filter(([key]) => key.endsWith('_FILE'))) {
      const volume = pod.volumes.find((one) => one.name === mountOf(file[1])?.name);
      t.type(volume?.secret?.secretName, 'string', `${name}: ${file[0]} is a secret`);
    }
    t.ok(mountOf('/tmp'));
    t.same(
      container.volumeMounts.map((mount) => mount.name).toSorted(),
      pod.volumes.map((volume) => volume.name).toSorted(),
      'every volume is mounted',
    );
  }
  const claims = (name: string) =>
    workloads
      .find((one) => one.name === name)
      ?.pod.volumes.map(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName);
  t.ok(claims('mailer')?.includes('mailer-keys'));
  t.notOk(claims('config-api')?.includes('mailer-keys'));
  const view = workloads
    .find(({ name }) => name === 'mailer')
    ?.pod.volumes.find(({ name }) => name === 'view');
  t.ok(view?.emptyDir, 'a view belongs to one pod');
});

test('no container has more rights than it needs, and secrets are for its group alone', async (t) => {
  for (const { name, pod, container } of workloads) {
    const { securityContext } = pod;
    t.match(securityContext, { runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 });
    t.equal(securityContext.seccompProfile?.type, 'RuntimeDefault');
    t.equal(pod.automountServiceAccountToken, false);
    for (const one of [container, ...(pod.initContainers ?? [])]) {
      t.match(one.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true });
      t.same(one.securityContext.capabilities, { drop: ['ALL'] }, `${name}: ${one.name}`);
    }
    for (const { secret } of pod.volumes) {
      if (secret !== undefined) t.equal(secret.defaultMode, 0o440, secret.secretName);
    }
  }
});

test('what refers to something finds it', async (t) => {
  const has = (kind: string, name: string | undefined): boolean =>
    manifests.some((one) => one.kind === kind && one.metadata.name === name);
  const page = readFileSync(join(root, 'docs', 'install-kubernetes.md'), 'utf8');
  for (const { name, pod, container, image } of workloads) {
    t.ok(has('ServiceAccount', pod.serviceAccountName));
    t.ok(has('PodDisruptionBudget', name));
    t.ok(has('Service', name));
    for (const { persistentVolumeClaim, secret } of pod.volumes) {
      if (persistentVolumeClaim) t.ok(has('PersistentVolumeClaim', persistentVolumeClaim.claimName));
      if (secret) t.ok(page.includes(`create secret generic ${secret.secretName} `), secret.secretName);
    }
    const { startupProbe, livenessProbe, readinessProbe, ports = [] } = container;
    t.same(
      [startupProbe, livenessProbe, readinessProbe].map((probe) => probe?.httpGet),
      ['live', 'live', 'ready'].map((which) => ({ path: `/health/${which}`, port: 'http' })),
    );
    t.same(ports, [{ name: 'http', containerPort: Number(image.environment['PORT']) }]);
    const { STOP_GRACE_SECONDS: grace } = readMailerServerVariables({ KAFKA_BROKERS: 'kafka:9092' });
    t.ok(pod.terminationGracePeriodSeconds >= 2 * grace, `${name} has time to stop`);
  }
  for (const { kind, spec, metadata } of manifests.filter((one) => one.spec?.template !== undefined)) {
    t.match(spec?.template?.metadata.labels, spec?.selector?.matchLabels, `${kind} ${metadata.name}`);
  }
});
