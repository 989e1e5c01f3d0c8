import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Rules } from './rules.ts';

/** A rule that is broken on purpose: in this file, this text instead of that one. */
export interface Mutation {
  readonly file: string;
  readonly text: string;
  readonly instead: string;
}

export const mutation = (file: string, text: string, instead: string): Mutation => ({ file, text, instead });

const root = new URL('../../', import.meta.url).pathname;
const mailFiles = join(root, 'packages/mail/src');
const engineFiles = join(root, 'services/mailer/src/engine');
const engineNames = ['commands.ts', 'event-ids.ts', 'expiry.ts', 'lease.ts', 'plan.ts', 'rescuer.ts'];

/** The rules with one of them broken, loaded from a copy of the sources in a folder inside the repository. */
export async function mutatedRules(directory: string, mutation: Mutation): Promise<Rules> {
  const mailNames = (await readdir(mailFiles)).filter((name) => name.endsWith('.ts'));
  const rooms = [
    { room: 'mail', from: mailFiles, names: mailNames },
    { room: 'engine', from: engineFiles, names: engineNames },
  ] as const;
  const isMutated = rooms.some(({ room, names }) =>
    names.some((name) => `${room}/${name}` === mutation.file),
  );
  if (!isMutated) throw new Error(`${mutation.file} is none of the rules`);
  for (const one of rooms) await copy(one, directory, mutation);
  const load = (path: string): Promise<unknown> => import(pathToFileURL(join(directory, path)).href);
  const parts = await Promise.all([
    load('mail/index.ts'),
    ...engineNames.map((name) => load(`engine/${name}`)),
  ]);
  const [mail, ...engine] = parts as [Rules['mail'], ...Partial<Rules>[]];
  return Object.assign({ mail }, ...engine.map((one) => ({ ...one }))) as Rules;
}

interface Room {
  readonly room: string;
  readonly from: string;
  readonly names: readonly string[];
}

async function copy({ room, from, names }: Room, directory: string, mutation: Mutation): Promise<void> {
  const { file, text, instead } = mutation;
  await mkdir(join(directory, room), { recursive: true });
  for (const name of names) {
    const source = await readFile(join(from, name), 'utf8');
    const isMutated = `${room}/${name}` === file;
    if (isMutated && source.split(text).length < 2) throw new Error(`${file} does not have: ${text}`);
    const mutated = isMutated ? source.replace(text, () => instead) : source;
    await writeFile(
      join(directory, room, name),
      mutated.replaceAll("'@postausgang/mail'", "'../mail/index.ts'"),
    );
  }
}
