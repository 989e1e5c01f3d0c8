import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const DOWNLOAD_TIMEOUT_MS = 300_000;
const MAVEN = 'mvn';
const JAVA = 'java';
const OLDEST_JAVA = 17;

/** What Java programs consist of, each said by a pom.xml. */
const POM_FILES = {
  kafka: join(import.meta.dirname, 'kafka', 'pom.xml'),
  'kafka-3': join(import.meta.dirname, 'kafka', 'pom-3.xml'),
  'bouncy-castle': join(import.meta.dirname, 'bouncy-castle', 'pom.xml'),
  'openapi-generator': join(import.meta.dirname, 'clients', 'pom-generator.xml'),
  'java-client': join(import.meta.dirname, 'clients', 'pom.xml'),
} as const;

export type JarsName = keyof typeof POM_FILES;

const cache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'postausgang-jars');

/** Where the jars lie, under a name that changes with the pom.xml. */
function jarDirectory(pomFile: string): string {
  const digest = createHash('sha256').update(readFileSync(pomFile)).digest('hex');
  return join(cache, digest.slice(0, 12));
}

/** Brings the jars from Maven Central unless they are there; two processes may do it at once. Returns their folder. */
export function fetchJars(name: JarsName): string {
  const pomFile = POM_FILES[name];
  const directory = jarDirectory(pomFile);
  if (existsSync(directory)) return directory;
  mkdirSync(dirname(directory), { recursive: true });
  const work = mkdtempSync(`${directory}.`);
  const goal = ['dependency:copy-dependencies', `-DoutputDirectory=${work}`, '-DincludeScope=runtime'];
  try {
    execFileSync(MAVEN, ['-q', '-B', '-f', pomFile, ...goal], {
      stdio: 'pipe',
      timeout: DOWNLOAD_TIMEOUT_MS,
    });
    renameSync(work, directory);
  } catch (error) {
    rmSync(work, { recursive: true, force: true });
    if (!existsSync(directory)) throw error;
  }
  return directory;
}

/** Whether the `java` on the path can run a Kafka 4 broker. */
export function hasJava(): boolean {
  try {
    const release = execFileSync(JAVA, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
    return Number(/^\S+ (\d+)/.exec(release)?.[1]) >= OLDEST_JAVA;
  } catch {
    return false;
  }
}
