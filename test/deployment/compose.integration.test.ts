import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Value } from '@sinclair/typebox/value';
import { test } from 'tap';
import { parse } from 'yaml';
import { configApiVariables, readConfigApiVariables } from '../../services/config-api/src/config.ts';
import { mailerServerVariables, readMailerServerVariables } from '../../services/mailer/src/config.ts';
import { findProgram } from '../peers/known-peers.ts';
import { requirePeer } from '../peers/peer.ts';
import { readDockerfile } from './dockerfile.ts';

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly dockerfile: string };
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly healthcheck?: unknown;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(`${root}/${path}`, 'utf8');
const compose: { readonly services: Readonly<Record<string, ComposeService>> } = parse(
  read('docker-compose.yml'),
  { merge: true },
);

const ours = {
  'config-api': { variables: configApiVariables, readEnvironment: readConfigApiVariables },
  mailer: { variables: mailerServerVariables, readEnvironment: readMailerServerVariables },
};
/** Those of Node and of the tools in the image. */
const foreign = new Set(['NODE_ENV']);

function serviceOf(name: string): ComposeService {
  const service = compose.services[name];
  if (service === undefined) throw new Error(`docker-compose.yml has no ${name}`);
  return service;
}

test('docker-compose accepts the file', async (t) => {
  if (!requirePeer(t, 'docker-compose')) return;
  const program = findProgram('docker-compose') ?? '';
  const options = { cwd: root, encoding: 'utf8', stdio: 'pipe' } as const;
  const accepted = parse(execFileSync(program, ['config'], options));
  t.same(Object.keys(accepted.services).toSorted(), Object.keys(compose.services).toSorted());
});

/** What Compose makes of `${NAME:-value}` where the name is not set. */
const withDefault = (value: string): string => value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1');

const mapValues = (values: Readonly<Record<string, string>>, map: (value: string) => string) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value)]));

test('the images and the compose file set documented variables to values the services take', async (t) => {
  for (const [name, { variables, readEnvironment }] of Object.entries(ours)) {
    const { environment, build } = serviceOf(name);
    const image = readDockerfile(`${root}/${build?.dockerfile}`);
    const given = mapValues(environment, withDefault);
    const together = { ...image.environment, ...given };
    const unknown = Object.keys(together).filter(
      (key) => !(key in variables.properties) && !foreign.has(key),
    );
    t.same(unknown, [], `${name} knows every variable`);
    const values: Readonly<Record<string, unknown>> = readEnvironment(together);
    for (const [key, value] of Object.entries(given)) {
      t.equal(String(values[key]), value, `${name}: ${key}`);
    }
    const set = new Set(Object.keys(together));
    const required = Object.entries(variables.properties).filter(
      ([, { default: value }]) => value === undefined,
    );
    t.ok(
      required.every(([key]) => set.has(key)),
      `${name} gets what is required`,
    );
    t.ok(Value.Check(variables, values));
  }
});

test('what a container keeps or shares lies in a volume, and the private keys are the mailers’ alone', async (t) => {
  const foldersOf = (name: string) =>
    (serviceOf(name).volumes ?? []).map((volume) => volume.split(':').at(volume.includes(':') ? 1 : 0) ?? '');
  const { environment: mailer } = readDockerfile(`${root}/services/mailer/Dockerfile`);
  const { environment: configApi } = readDockerfile(`${root}/services/config-api/Dockerfile`);
  const mailerPaths = ['DATA_DIR', 'KEY_DIRECTORY', 'CONTENT_DIRECTORY', 'PUBLIC_KEYS_FILE'];
  for (const path of mailerPaths.map((key) => mailer[key] ?? key)) {
    t.ok(
      foldersOf('mailer').some((folder) => path.startsWith(folder)),
      path,
    );
  }
  for (const path of ['ADMIN_KEY_FILE', 'SEALING_PUBLIC_KEYS'].map((key) => configApi[key] ?? key)) {
    t.ok(
      foldersOf('config-api').some((folder) => path.startsWith(folder)),
      path,
    );
  }
  const volumeOf = (name: string, folder: string) =>
    serviceOf(name).volumes?.find((volume) => volume.split(':')[1] === folder);
  const publicFolder = '/var/lib/postausgang-public';
  t.equal(volumeOf('config-api', publicFolder), `${volumeOf('mailer', publicFolder)}:ro`);
  t.notOk(
    volumeOf('mailer', mailer['DATA_DIR'] ?? ''),
    'a view has no name, so that no two mailers share it',
  );
  const keys = volumeOf('mailer', mailer['KEY_DIRECTORY'] ?? '')?.split(':')[0] ?? '';
  t.notOk(serviceOf('config-api').volumes?.some((volume) => volume.startsWith(keys)));
});

test('nothing is published beyond this machine, and every service has a health check', async (t) => {
  for (const [name, { ports = [], healthcheck, build }] of Object.entries(compose.services)) {
    t.ok(
      ports.every((port) => port.startsWith('127.0.0.1:')),
      `${name} stays on this machine`,
    );
    const inImage =
      build !== undefined && readDockerfile(`${root}/${build.dockerfile}`).healthcheck.length > 0;
    t.ok(healthcheck !== undefined || inImage, `${name} has a health check`);
  }
});

test('the broker is the one that the tests run', async (t) => {
  const tested = /<artifactId>kafka_2.13<\/artifactId>\s*<version>([\d.]+)</.exec(
    read('test/peers/kafka/pom.xml'),
  );
  t.equal(serviceOf('kafka').image, `apache/kafka:${tested?.[1]}`);
});
