import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { type Dockerfile, type DockerfileStep, readDockerfile } from '../deployment/dockerfile.ts';
import { type ServiceProcess, startServiceProcess } from '../end-to-end/service-process.ts';
import { freePort } from '../peers/free-port.ts';
import { type TestBrokers, testLogKey } from './test-brokers.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));

/** An image that was built by hand: its steps in a folder that stands for the container’s root. */
interface BuiltImage {
  readonly file: Dockerfile;
  readonly container: string;
}

/** The folders that a container’s owner would have are ours, and a cache that is not the image’s stays. */
function inContainer(text: string, container: string): string {
  return text
    .replaceAll('-o node -g node ', '')
    .replaceAll('&& npm cache clean --force', '')
    .replaceAll('/var/lib/', `${container}/var/lib/`);
}

/** A folder that stands for the root of a container, and the work directory in it. */
interface Place {
  readonly container: string;
  readonly directory: string;
}

async function takeStep(step: DockerfileStep, place: Place, stages: string): Promise<void> {
  if (step.kind === 'copy' && step.stage !== undefined)
    return copyFromStage(step, place, join(stages, step.stage));
  if (step.kind === 'copy') return copyFromRepository(step, place);
  // The packages of the system are this machine's; `requirePeer` has seen to them.
  if (step.command.startsWith('apt-get ')) return;
  const path = `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`;
  const env = { ...process.env, npm_config_prefer_offline: 'true', PATH: path };
  await run('sh', ['-ec', inContainer(step.command, place.container)], { cwd: place.directory, env });
}

type CopyStep = Extract<DockerfileStep, { kind: 'copy' }>;

async function copyFromStage(
  { sources, target }: CopyStep,
  { directory }: Place,
  stage: string,
): Promise<void> {
  for (const source of sources) await cp(join(stage, source), join(directory, target), { recursive: true });
}

async function copyFromRepository({ sources, target }: CopyStep, { directory }: Place): Promise<void> {
  const allowed = (await readFile(join(root, '.dockerignore'), 'utf8')).split('\n');
  for (const source of sources) {
    if (!allowed.includes(`!${source.split('/')[0]}`)) throw new Error(`.dockerignore leaves ${source} out`);
    const isFolder = target.endsWith('/') || target === '.';
    await cp(join(root, source), isFolder ? join(directory, target, source) : join(directory, target), {
      recursive: true,
      filter: (path) => !path.includes('node_modules'),
    });
  }
}

async function build(service: string, container: string): Promise<BuiltImage> {
  const file = readDockerfile(join(root, 'services', service, 'Dockerfile'));
  const stages = `${container}-stages`;
  for (const stage of file.stages) await takeSteps(stage, join(stages, stage.name), stages);
  await takeSteps(file, container, stages);
  return { file, container };
}

type Steps = Pick<Dockerfile, 'directory' | 'steps'>;

async function takeSteps({ directory, steps }: Steps, container: string, stages: string): Promise<void> {
  const place = { container, directory: join(container, directory) };
  await mkdir(place.directory, { recursive: true });
  for (const step of steps) await takeStep(step, place, stages);
}

async function start(
  t: Test,
  { file, container }: BuiltImage,
  environment: Readonly<Record<string, string>>,
): Promise<ServiceProcess> {
  const [program, ...command] = file.command;
  t.equal(program, 'node');
  const fromImage = Object.fromEntries(
    Object.entries(file.environment).map(([name, value]) => [name, inContainer(value, container)]),
  );
  const port = String(await freePort());
  const directory = join(container, file.directory);
  // The test listens on loopback only.
  const together = { ...fromImage, ...environment, HOST: '127.0.0.1', PORT: port };
  const service = await startServiceProcess(command, together, directory);
  t.teardown(() => service.kill());
  const [, ...check] = file.healthcheck;
  await t.resolves(run(process.execPath, check, { env: { PORT: port } }), 'its health check is content');
  return service;
}

/** The steps of each Dockerfile by hand in an empty folder, and what the compose file adds: a service that starts. */
export async function imagesStart(t: Test, { brokers, topicPrefix }: TestBrokers): Promise<void> {
  const container = t.testdir();
  const [mailer, configApi] = await Promise.all([
    build('mailer', join(container, 'mailer')),
    build('config-api', join(container, 'config-api')),
  ]);
  for (const { file, container: own } of [mailer, configApi]) {
    t.equal(file.from, `node:${process.versions.node.split('.')[0]}-slim`, 'runs on the Node that is tested');
    t.not(file.user, 'root');
    for (const stage of file.stages) t.equal(stage.from, file.from, 'a stage has the same base');
    const installed = await readdir(join(own, file.directory, 'node_modules'));
    t.notOk(installed.includes('typescript'), 'only what runs');
  }
  const kerberos = join(mailer.container, 'app/node_modules/kerberos');
  await t.resolves(
    run(process.execPath, ['-e', `require(${JSON.stringify(kerberos)})`]),
    'Kerberos can be loaded',
  );
  t.notOk((await readdir(join(configApi.container, 'app/node_modules'))).includes('nodemailer'));

  const environment = {
    KAFKA_BROKERS: brokers.join(),
    LOG_KEYS: testLogKey,
    KAFKA_TOPIC_PREFIX: `${topicPrefix}images.`,
    KAFKA_CREATE_TOPICS: 'true',
    BEHIND_PROXY: 'true',
  };
  const running = await start(t, mailer, { ...environment, MAILER_ID: 'from-an-image' });
  const shared = 'var/lib/postausgang-public';
  await cp(join(mailer.container, shared), join(configApi.container, shared), { recursive: true });
  await start(t, configApi, environment);
  t.equal(await running.stop(), 0, 'stops in good order');
}
