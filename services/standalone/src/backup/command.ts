/**
 * The commands `backup`, `verify` and `restore`. Results go to the output; progress, warnings and errors go to the other one.
 *
 * Exit codes: 0 done; 1 not done, and nothing was changed; 2 the command line is wrong; 3 the backup is damaged.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { explainFileError } from '@postausgang/configuration';
import { makeBackup, restoreBackup, verifyBackup } from './backup.ts';
import { BackupError, type Manifest, type OnProgress, totalBytes } from './manifest.ts';

interface BackupCommand {
  /** What stands behind `postausgang`. */
  readonly args: readonly string[];
  /** The data folder of the service. Rejects with a sentence where there is none. */
  readonly dataFolder: () => Promise<string>;
  readonly out: Pick<NodeJS.WriteStream, 'write'>;
  readonly err: Pick<NodeJS.WriteStream, 'write'>;
}

const usage = `Usage:
  npx postausgang backup [--with-keys] <folder>     backs up the data folder (DATA_DIR); the service may run
  npx postausgang verify <folder>                   checks a backup against its manifest
  npx postausgang restore <backup> <data folder>    makes a data folder of a backup
`;

/** Resolves with the exit code. */
export async function runBackupCommand(command: BackupCommand): Promise<number> {
  try {
    return await run(command);
  } catch (error) {
    say(command.err, explainFileError(error) ?? (error instanceof Error ? error.message : String(error)));
    return error instanceof BackupError && error.kind === 'damaged' ? 3 : 1;
  }
}

async function run(command: BackupCommand): Promise<number> {
  const { args, out, err } = command;
  const parsed = parse(args);
  if (parsed?.isHelp === true) {
    out.write(usage);
    return 0;
  }
  const [name, ...folders] = parsed?.words ?? [];
  const [first = '', second = ''] = folders.map((folder) => resolve(folder));
  const given = `${name} ${folders.length}`;
  if (parsed !== undefined && given === 'backup 1') return backup(command, first, parsed.withKeys);
  if (parsed?.withKeys === false && given === 'verify 1') return verify(command, first);
  if (parsed?.withKeys === false && given === 'restore 2') return restore(command, first, second);
  err.write(usage);
  return 2;
}

/** undefined: there is an option that no command has. */
function parse(args: readonly string[]) {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { 'with-keys': { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
      allowPositionals: true,
    });
    return { words: positionals, withKeys: values['with-keys'] === true, isHelp: values.help === true };
  } catch {
    return undefined;
  }
}

async function backup(
  { dataFolder, out, err }: BackupCommand,
  folder: string,
  withKeys: boolean,
): Promise<number> {
  const manifest = await makeBackup({
    directory: await dataFolder(),
    backup: folder,
    withKeys,
    now: () => new Date(),
    onProgress: tellProgress(err),
    warn: (sentence) => say(err, sentence),
  });
  say(out, `The backup is in ${folder}`, ...describe(manifest));
  say(
    out,
    withKeys
      ? 'It holds the private keys: whoever has it can read the stored passwords.'
      : 'It holds no private keys: keep a copy of the folder keys elsewhere, or passwords must be entered again.',
  );
  return 0;
}

async function verify({ out, err }: BackupCommand, folder: string): Promise<number> {
  const { manifest, damage } = await verifyBackup(folder, tellProgress(err));
  if (damage.length > 0) {
    say(
      err,
      ...damage,
      `The backup in ${folder} is damaged: ${damage.length} of ${manifest.files.length} files.`,
    );
    return 3;
  }
  say(out, `The backup in ${folder} is complete and undamaged`, ...describe(manifest));
  return 0;
}

async function restore({ out, err }: BackupCommand, folder: string, directory: string): Promise<number> {
  const manifest = await restoreBackup({ backup: folder, directory, onProgress: tellProgress(err) });
  say(out, `The backup was restored to ${directory}`, ...describe(manifest));
  if (!manifest.hasKeys) {
    say(
      out,
      'It holds no private keys. Put the folder keys there before the first start, or enter passwords again.',
    );
  }
  say(
    out,
    'A service that starts there sends nothing until an administrator says what it is: on the page, or by',
    `  POST /v1/environment/confirm {"as":"restored","reason":"…","backupTakenAt":"${manifest.takenAt}"}`,
  );
  return 0;
}

function say(stream: BackupCommand['out'], ...lines: readonly string[]): void {
  stream.write(`${lines.join('\n')}\n`);
}

const progressEveryMs = 2_000;

/** Tells of what takes long. */
function tellProgress(err: BackupCommand['err']): OnProgress {
  let toldAtMs = performance.now();
  return (what, doneBytes, allBytes) => {
    if (performance.now() - toldAtMs < progressEveryMs) return;
    toldAtMs = performance.now();
    say(err, `${what}: ${sizeOf(doneBytes)} of ${sizeOf(allBytes)}`);
  };
}

function sizeOf(sizeBytes: number): string {
  return `${(sizeBytes / (1024 * 1024)).toFixed(1)} MiB`;
}

function describe({ takenAt, installation, records, files, versions }: Manifest): string[] {
  const count = Object.values(records).reduce((sum, one) => sum + one, 0);
  const attachments = files.filter(({ path }) => path.startsWith('content/')).length;
  return [
    `  taken at      ${takenAt}, by version ${versions.postausgang}`,
    `  installation  ${installation === null ? 'none yet' : `${installation.name} (${installation.id})`}`,
    `  contents      ${count} records, ${attachments} attachments, ${sizeOf(totalBytes(files))}`,
  ];
}
