import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fetchJars, hasJava } from './jars.ts';
import { fetchExim } from './exim-files.ts';
import { fetchEwsSchemas } from './exchange/ews-schemas.ts';
import { fetchNpmPackages } from './clients/npm-packages.ts';
import { fetchGoModules } from './erp/go-modules.ts';
import { buildKerberos } from './kerberos/build-kerberos.ts';
import { fetchPythonPackages, hasPip } from './python-packages.ts';
import { requireMountNamespaces } from './mount-namespaces.ts';

export type PeerName =
  | 'postfix'
  | 'dovecot'
  | 'exim'
  | 'kerberos'
  | 'chromium'
  | 'nginx'
  | 'openssl'
  | 'gpgsm'
  | 'keytool'
  | 'python-cryptography'
  | 'gnutls'
  | 'nss'
  | 'bouncy-castle'
  | 'kafka'
  | 'kafka-3'
  | 'kcat'
  | 'confluent-kafka'
  | 'kafka-go'
  | 'openapi-generator'
  | 'go-client'
  | 'java-client'
  | 'php-client'
  | 'python-client'
  | 'typescript-client'
  | 's3'
  | 'docker-compose'
  | 'namespaces'
  | 'systemd'
  | 'strace'
  | 'faketime'
  | 'promtool'
  | 'ews-schemas';

export type KnownPeer = {
  /** Debian packages that bring it. */
  packages: readonly string[];
  /** Programs that must be found for it to count as present. */
  programs: readonly string[];
  /** Files of which, group by group, at least one must exist. */
  files: readonly (readonly string[])[];
  /** Answers for debconf, so that the package's own service is left without a configuration. */
  debconf: readonly string[];
  /** True when it only runs for the user root. */
  needsRoot: boolean;
  /** The variable that names one that runs already, so that none has to be started. */
  variable?: string;
  /** Whether the programs are new enough. */
  isUsable?: () => boolean;
  /** Brings what no package holds, once; throws when it cannot be had. */
  fetch?: () => void;
};

const saslPlugin = (name: string): string[] =>
  ['/usr/lib/x86_64-linux-gnu', '/usr/lib/aarch64-linux-gnu', '/usr/lib64', '/usr/lib'].map(
    (folder) => `${folder}/sasl2/${name}`,
  );

export const KNOWN_PEERS: Readonly<Record<PeerName, KnownPeer>> = {
  postfix: {
    packages: ['postfix', 'libsasl2-modules', 'libsasl2-modules-gssapi-mit', 'sasl2-bin'],
    programs: ['postfix', 'postconf', 'smtp-sink', 'saslpasswd2'],
    files: ['libplain.so', 'libsasldb.so', 'libntlm.so', 'libscram.so', 'libgssapiv2.so'].map(saslPlugin),
    debconf: ['postfix postfix/main_mailer_type select No configuration'],
    needsRoot: true,
  },
  dovecot: {
    packages: ['dovecot-core', 'dovecot-submissiond', 'dovecot-gssapi'],
    programs: ['dovecot'],
    files: [
      ['/usr/lib/dovecot/submission-login', '/usr/libexec/dovecot/submission-login'],
      ['/usr/lib/dovecot/modules/auth/libmech_gssapi.so', '/usr/lib64/dovecot/auth/libmech_gssapi.so'],
    ],
    debconf: [],
    needsRoot: true,
  },
  // Not installed, since Debian lets a machine have one mail server: unpacked into a folder of its own.
  exim: {
    packages: ['apt', 'dpkg'],
    programs: ['apt-get', 'dpkg'],
    files: [],
    debconf: [],
    needsRoot: true,
    fetch: fetchExim,
  },
  // A KDC, and what the native module is built with.
  kerberos: {
    packages: ['krb5-kdc', 'krb5-admin-server', 'libkrb5-dev', 'g++', 'make', 'python3', 'faketime'],
    programs: ['krb5kdc', 'kdb5_util', 'kadmin.local', 'faketime', 'g++', 'make', 'python3'],
    files: [['/usr/include/gssapi/gssapi_krb5.h']],
    debconf: [],
    needsRoot: false,
    fetch: buildKerberos,
  },
  chromium: {
    packages: ['chromium'],
    programs: ['chromium'],
    files: [],
    debconf: [],
    needsRoot: false,
  },
  nginx: { packages: ['nginx-light'], programs: ['nginx'], files: [], debconf: [], needsRoot: false },
  openssl: { packages: ['openssl'], programs: ['openssl'], files: [], debconf: [], needsRoot: false },
  // Writers of certificate files.
  keytool: {
    packages: ['openjdk-17-jre-headless'],
    programs: ['keytool'],
    files: [],
    debconf: [],
    needsRoot: false,
  },
  'python-cryptography': {
    packages: ['python3-cryptography'],
    programs: ['python3'],
    files: [],
    debconf: [],
    needsRoot: false,
    isUsable: hasPythonCryptography,
  },
  gnutls: { packages: ['gnutls-bin'], programs: ['certtool'], files: [], debconf: [], needsRoot: false },
  nss: {
    packages: ['libnss3-tools'],
    programs: ['certutil', 'pk12util'],
    files: [],
    debconf: [],
    needsRoot: false,
  },
  // A provider for keytool.
  'bouncy-castle': {
    packages: ['openjdk-17-jre-headless', 'maven'],
    programs: ['keytool', 'mvn'],
    files: [],
    debconf: [],
    needsRoot: false,
    fetch: () => void fetchJars('bouncy-castle'),
  },
  gpgsm: { packages: ['gpgsm'], programs: ['gpgsm'], files: [], debconf: [], needsRoot: false },
  kafka: {
    packages: ['openjdk-17-jre-headless', 'maven'],
    programs: ['java', 'mvn'],
    files: [],
    debconf: [],
    needsRoot: false,
    variable: 'KAFKA_BROKERS',
    isUsable: hasJava,
    fetch: () => void fetchJars('kafka'),
  },
  'kafka-3': {
    packages: ['openjdk-17-jre-headless', 'maven'],
    programs: ['java', 'mvn'],
    files: [],
    debconf: [],
    needsRoot: false,
    isUsable: hasJava,
    fetch: () => void fetchJars('kafka-3'),
  },
  faketime: { packages: ['faketime'], programs: ['faketime'], files: [], debconf: [], needsRoot: false },
  systemd: { packages: ['systemd'], programs: ['systemd-analyze'], files: [], debconf: [], needsRoot: false },
  // Mounts of their own for a process, as containers have them.
  namespaces: {
    packages: ['util-linux'],
    programs: ['unshare', 'setpriv'],
    files: [],
    debconf: [],
    needsRoot: true,
    fetch: requireMountNamespaces,
  },
  promtool: { packages: ['prometheus'], programs: ['promtool'], files: [], debconf: [], needsRoot: false },
  strace: { packages: ['strace'], programs: ['strace'], files: [], debconf: [], needsRoot: false },
  'confluent-kafka': {
    packages: ['python3-pip'],
    programs: ['python3'],
    files: [],
    debconf: [],
    needsRoot: false,
    isUsable: hasPip,
    fetch: () => void fetchPythonPackages('confluent-kafka'),
  },
  'kafka-go': {
    packages: ['golang-go'],
    programs: ['go'],
    files: [],
    debconf: [],
    needsRoot: false,
    fetch: () => fetchGoModules('kafka-go'),
  },
  // It writes clients from the OpenAPI document; below is what these need.
  'openapi-generator': {
    packages: ['openjdk-17-jre-headless', 'maven'],
    programs: ['java', 'mvn'],
    files: [],
    debconf: [],
    needsRoot: false,
    isUsable: hasJava,
    fetch: () => void fetchJars('openapi-generator'),
  },
  'go-client': {
    packages: ['golang-go'],
    programs: ['go'],
    files: [],
    debconf: [],
    needsRoot: false,
    fetch: () => fetchGoModules('go-client'),
  },
  'java-client': {
    packages: ['openjdk-17-jdk-headless', 'maven'],
    programs: ['java', 'javac', 'mvn'],
    files: [],
    debconf: [],
    needsRoot: false,
    isUsable: hasJava,
    fetch: () => void fetchJars('java-client'),
  },
  'php-client': {
    packages: ['php-cli', 'php-curl', 'php-mbstring', 'php-guzzlehttp-guzzle'],
    programs: ['php'],
    files: [['/usr/share/php/GuzzleHttp/autoload.php']],
    debconf: [],
    needsRoot: false,
  },
  'python-client': {
    packages: ['python3-pip'],
    programs: ['python3'],
    files: [],
    debconf: [],
    needsRoot: false,
    isUsable: hasPip,
    fetch: () => void fetchPythonPackages('python-client'),
  },
  'typescript-client': {
    packages: ['npm'],
    programs: ['npm'],
    files: [],
    debconf: [],
    needsRoot: false,
    fetch: () => void fetchNpmPackages(),
  },
  kcat: { packages: ['kcat'], programs: ['kcat'], files: [], debconf: [], needsRoot: false },
  s3: {
    packages: ['python3-pip'],
    programs: ['python3'],
    files: [],
    debconf: [],
    needsRoot: false,
    isUsable: hasPip,
    fetch: () => void fetchPythonPackages('moto'),
  },
  'ews-schemas': {
    packages: ['libxml2-utils', 'python3-pip'],
    programs: ['xmllint', 'python3', 'tar'],
    files: [],
    debconf: [],
    needsRoot: false,
    isUsable: hasPip,
    fetch: fetchEwsSchemas,
  },
  'docker-compose': {
    packages: ['docker-compose'],
    programs: ['docker-compose'],
    files: [],
    debconf: [],
    needsRoot: false,
  },
};

/** With the builder of PKCS#12 that came with version 38. */
function hasPythonCryptography(): boolean {
  const program =
    'from cryptography.hazmat.primitives.serialization import PrivateFormat as f; f.PKCS12.encryption_builder()';
  return spawnSync('python3', ['-c', program]).status === 0;
}

export const peerNames = Object.keys(KNOWN_PEERS) as PeerName[];

/** The full path of a program; sbin folders count although they are seldom on a user's PATH. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin', '/sbin'];
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return folders
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name + suffix))
    .find((path) => existsSync(path));
}

export function isInstalled(name: PeerName): boolean {
  const { programs, files, isUsable } = KNOWN_PEERS[name];
  return (
    isRunningElsewhere(name) ||
    (programs.every((program) => findProgram(program) !== undefined) &&
      files.every((group) => group.some((file) => existsSync(file))) &&
      (isUsable?.() ?? true))
  );
}

function isRunningElsewhere(name: PeerName): boolean {
  const { variable } = KNOWN_PEERS[name];
  return variable !== undefined && (process.env[variable] ?? '') !== '';
}

export const isRoot = (): boolean => process.getuid?.() === 0;

export const isContinuousIntegration = (): boolean => /^(true|1)$/i.test(process.env.CI ?? '');

/** One sentence that says how to get the peer, or undefined when it can be used right now. */
export function whatIsMissing(name: PeerName): string | undefined {
  const { packages, needsRoot, variable } = KNOWN_PEERS[name];
  if (!isInstalled(name)) {
    const command = `sudo apt-get install -y --no-install-recommends ${packages.join(' ')}`;
    const elsewhere = variable === undefined ? '' : `, or set ${variable} to one that runs`;
    return `${name} is not installed; on Debian or Ubuntu run: ${command}${elsewhere}`;
  }
  if (needsRoot && !isRoot()) {
    return `${name} can only be started by root; run the tests as root, for example in a container`;
  }
  return isRunningElsewhere(name) ? undefined : whatCannotBeFetched(name);
}

function whatCannotBeFetched(name: PeerName): string | undefined {
  try {
    KNOWN_PEERS[name].fetch?.();
    return undefined;
  } catch (error) {
    return `${name} could not be fetched: ${error instanceof Error ? error.message : String(error)}`;
  }
}
