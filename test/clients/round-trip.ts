/*
 * Generators make a client of docs/openapi.yaml, which is compiled as it is. A program beside this file uses it the way an
 * integration would: it saves the settings, tests the connection, sends a mail with an attachment and a finished message,
 * follows and lists them, resends, and meets a problem. Then it prints what it was told, in JSON.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { fetchJars } from '../peers/jars.ts';

const execute = promisify(execFile);

export const documentFile = join(import.meta.dirname, '../../docs/openapi.yaml');

/** The file of a program, which stands beside this one. */
export const programFile = (name: string): string => join(import.meta.dirname, name);

/** Generators and compilers begin with nothing in their caches, beside other tests. */
const longestMs = 600_000;

export interface Place {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program to its end and returns what it printed; what it complains of is the error. */
export async function run(
  [command, ...given]: readonly [string, ...string[]],
  { cwd, env }: Place = {},
): Promise<string> {
  try {
    const { stdout } = await execute(command, given, {
      timeout: longestMs,
      maxBuffer: 2 ** 26,
      env: { ...process.env, ...env },
      ...(cwd === undefined ? {} : { cwd }),
    });
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`${command} ${given.join(' ')}\n${stdout}\n${stderr}`, { cause: error });
  }
}

/** For a machine of Java: by itself it writes and prints in the encoding of the locale, which may be ASCII. */
export const utf8 = ['-Dfile.encoding=UTF-8', '-Dstdout.encoding=UTF-8'] as const;

/** Lets openapi-generator make a client, with these properties of the generator. */
export async function generate(
  generator: string,
  directory: string,
  properties: Readonly<Record<string, string>> = {},
): Promise<void> {
  const given = Object.entries(properties).map(([name, value]) => `${name}=${value}`);
  const without = ['apiTests', 'modelTests', 'apiDocs', 'modelDocs'].map((name) => `${name}=false`);
  const options = [...utf8, '-XX:TieredStopAtLevel=1', '-cp', `${fetchJars('openapi-generator')}/*`];
  const asked = ['-g', generator, '-i', documentFile, '-o', directory, '--global-property', without.join()];
  const extra = given.length === 0 ? [] : ['--additional-properties', given.join()];
  const main = 'org.openapitools.codegen.OpenAPIGenerator';
  await run(['java', ...options, main, 'generate', ...asked, ...extra]);
}

const invoice = 'Rechnung 4711';
const reminder = 'Mahnung';

/**
 * Runs a program against a service of its own, and compares what it was told with what the service has.
 *
 * @param place where it runs, and the subjects of the mails that it sends; it reads the source of the last
 */
export async function roundTrip(
  t: Test,
  command: readonly [string, ...string[]],
  { cwd, env, sent = [invoice, reminder] }: Place & { readonly sent?: readonly string[] } = {},
): Promise<void> {
  const service = await startStandaloneProcess(join(t.testdirName, 'data'));
  t.teardown(() => service.kill());
  const reached = { POSTAUSGANG_URL: service.api, POSTAUSGANG_KEY: service.key };
  const printed = await run(command, { env: { ...env, ...reached }, ...(cwd === undefined ? {} : { cwd }) });
  const told: unknown = JSON.parse(printed);

  const { body } = await service.call('GET', '/v1/mails?businessReference=invoice%2F4711');
  const { items } = body as { readonly items: readonly { readonly id: string }[] };
  t.equal(items.length, 1, 'sent once, with its reference');
  t.strictSame(told, {
    applied: 'applied',
    tested: 'ok',
    sent: 'sent',
    listed: items.map(({ id }) => id),
    round: 2,
    subject: sent.at(-1),
    problem: { status: 422, code: 'mail-invalid', finding: 'recipient-required' },
    meaning: 'mail-invalid',
  });
  const mailbox = (await service.call('GET', '/v1/test-mailbox')).body;
  const { messages } = mailbox as { readonly messages: readonly { readonly id: string; subject: string }[] };
  t.same(messages.map(({ subject }) => subject).toSorted(), [...sent, invoice].toSorted());
  for (const { id } of messages.filter(({ subject }) => subject === invoice)) {
    const attachment = await fetch(`${service.api}/v1/test-mailbox/messages/${id}/attachments/1`, {
      headers: { authorization: `Bearer ${service.key}` },
    });
    t.equal(await attachment.text(), '%PDF-1.4\n', 'the attachment, byte for byte');
  }
}
