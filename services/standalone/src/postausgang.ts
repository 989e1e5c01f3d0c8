#!/usr/bin/env node
/** `npx postausgang backup|verify|restore`, with the variables of the standalone service, which may run meanwhile. */
import { runBackupCommand } from './backup/command.ts';

const overKafka =
  'Over Kafka there is no data folder. docs/operations.md says what to back up there, in which order.';

process.exitCode = await runBackupCommand({
  args: process.argv.slice(2),
  async dataFolder() {
    // The variables bring the whole mailer with them, and only one of the commands needs them.
    const { isOverKafka, readDataFolder } = await import('./config.ts');
    if (isOverKafka()) throw new Error(overKafka);
    return readDataFolder();
  },
  out: process.stdout,
  err: process.stderr,
});
