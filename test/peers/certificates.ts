import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export type Certificate = {
  certificateFile: string;
  keyFile: string;
  /** PEM text of the certificate and of its private key. */
  certificate: string;
  key: string;
};

export type CertificateRequest = {
  /** Common name; the first of the names unless given. */
  commonName?: string;
  /** Host names and IP addresses it is valid for. */
  names: readonly string[];
  notBefore?: Date;
  notAfter?: Date;
  usage?: 'serverAuth' | 'clientAuth' | 'emailProtection';
  /** P-256 unless given. */
  key?: KeyChoice;
  /** Lines of the extensions instead of those that follow from the rest. */
  extensions?: readonly string[];
};

export type KeyChoice = 'rsa-1024' | 'rsa-2048' | 'rsa-3072' | 'rsa-4096' | 'p-256' | 'p-384';

export type Certificates = {
  directory: string;
  ca: Certificate;
  /** Valid for localhost, 127.0.0.1, ::1 and mail.test. */
  server: Certificate;
  expired: Certificate;
  /** Valid, but for wrong.test only. */
  wrongName: Certificate;
  /** The right names, signed by itself. */
  selfSigned: Certificate;
  /** One more certificate of the same authority; `name` becomes its file name. */
  issue: (name: string, request: CertificateRequest) => Promise<Certificate>;
  remove: () => Promise<void>;
};

const SERVER_NAMES = ['localhost', '127.0.0.1', '::1', 'mail.test'] as const;
const DAY_MS = 86_400_000;

const newKey = (key: KeyChoice): string[] => {
  const [kind = '', size = ''] = key.split('-');
  const options = kind === 'rsa' ? [`rsa:${size}`] : ['ec', '-pkeyopt', `ec_paramgen_curve:P-${size}`];
  return ['-newkey', ...options, '-noenc'];
};

// `openssl ca` because it is the one command of OpenSSL 3.0 that can set both ends of the validity.
const CA_CONFIGURATION = `[ca]
default_ca = this
[this]
database = index.txt
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = supplied
`;

/** An authority of its own in a temporary directory, with the good and the bad certificates tests need. */
export async function createCertificates(): Promise<Certificates> {
  const directory = await mkdtemp(join(tmpdir(), 'certificates-'));
  // Servers read their certificate as a user of their own.
  await chmod(directory, 0o755);
  const ca = await selfSign(directory, 'ca', 'Test Authority', ['basicConstraints=critical,CA:TRUE']);
  const issue = (name: string, request: CertificateRequest): Promise<Certificate> =>
    issueCertificate(directory, ca, name, request);
  const [server, expired, wrongName, selfSigned] = await Promise.all([
    issue('server', { names: SERVER_NAMES }),
    issue('expired', { names: SERVER_NAMES, notAfter: new Date(Date.now() - DAY_MS) }),
    issue('wrong-name', { names: ['wrong.test'] }),
    selfSign(directory, 'self-signed', 'localhost', [subjectAltName(SERVER_NAMES)]),
  ]);
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  return { directory, ca, server, expired, wrongName, selfSigned, issue, remove };
}

async function selfSign(
  directory: string,
  name: string,
  commonName: string,
  extensions: readonly string[],
): Promise<Certificate> {
  const { certificateFile, keyFile } = filesOf(directory, name);
  const files = ['-keyout', keyFile, '-out', certificateFile];
  const subject = ['-days', '30', '-subj', `/CN=${commonName}`];
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  await run('openssl', ['req', '-x509', ...newKey('p-256'), ...files, ...subject, ...added]);
  return load(directory, name);
}

async function issueCertificate(
  directory: string,
  ca: Certificate,
  name: string,
  request: CertificateRequest,
): Promise<Certificate> {
  const { certificateFile, keyFile } = filesOf(directory, name);
  const work = join(directory, `${name}.work`);
  await mkdir(work);
  await writeFile(join(work, 'ca.cnf'), CA_CONFIGURATION);
  await writeFile(join(work, 'index.txt'), '');
  await writeFile(join(work, 'extensions.cnf'), extensionsOf(request));
  const subject = ['-subj', `/CN=${request.commonName ?? request.names[0] ?? name}`];
  const key = newKey(request.key ?? 'p-256');
  await run('openssl', ['req', '-new', ...key, '-keyout', keyFile, '-out', `${work}/csr`, ...subject]);
  const signer = ['-config', 'ca.cnf', '-cert', ca.certificateFile, '-keyfile', ca.keyFile];
  const files = ['-in', 'csr', '-out', certificateFile, '-outdir', '.', '-extfile', 'extensions.cnf'];
  const signing = ['ca', '-batch', '-notext', ...signer, ...files, ...validityOf(request)];
  await run('openssl', signing, { cwd: work });
  await rm(work, { recursive: true });
  return load(directory, name);
}

function validityOf({ notBefore, notAfter }: CertificateRequest): string[] {
  const from = notBefore ?? new Date(Date.now() - 3 * DAY_MS);
  const until = notAfter ?? new Date(Date.now() + 30 * DAY_MS);
  return ['-startdate', openSslTime(from), '-enddate', openSslTime(until)];
}

const extensionsOf = ({ names, usage, extensions }: CertificateRequest): string => {
  const usual = [`extendedKeyUsage=${usage ?? 'serverAuth'}`, subjectAltName(names)];
  return ['basicConstraints=critical,CA:FALSE', ...(extensions ?? usual), ''].join('\n');
};

const subjectAltName = (names: readonly string[]): string =>
  `subjectAltName=${names.map((name) => `${kindOfName(name)}:${name}`).join(',')}`;

const kindOfName = (name: string): string => {
  if (name.includes('@')) return 'email';
  return /^[\d.]+$|:/.test(name) ? 'IP' : 'DNS';
};

/** The form YYYYMMDDHHMMSSZ that OpenSSL takes; the one with two digits for the year ends in 2049. */
const openSslTime = (time: Date): string => time.toISOString().replace(/[-:T]|\.\d+/g, '');

const filesOf = (directory: string, name: string): { certificateFile: string; keyFile: string } => ({
  certificateFile: join(directory, `${name}.pem`),
  keyFile: join(directory, `${name}.key`),
});

async function load(directory: string, name: string): Promise<Certificate> {
  const files = filesOf(directory, name);
  const [certificate, key] = await Promise.all([
    readFile(files.certificateFile, 'utf8'),
    readFile(files.keyFile, 'utf8'),
  ]);
  return { ...files, certificate, key };
}
