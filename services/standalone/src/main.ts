import pino from 'pino';
import { isStartedByNpm, readStandaloneVariables } from './config.ts';
import { startStandalone } from './standalone.ts';
import { onStopSignal } from './stop-signals.ts';

async function main(): Promise<void> {
  const variables = readStandaloneVariables();
  const logger = pino({ level: variables.LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const standalone = await startStandalone(variables, logger, (error) => {
    logger.fatal({ err: error }, 'this process cannot go on');
    process.exit(1);
  });
  const { address, adminKeyFile } = standalone;
  console.log(`Postausgang listens on ${address}`);
  console.log(`Swagger UI is at ${address}/docs, the OpenAPI document at ${address}/openapi.json`);
  console.log(
    adminKeyFile === undefined
      ? 'The admin key of the first start is no longer in its file.'
      : `The admin key lies in ${adminKeyFile}`,
  );

  onStopSignal({ startedByNpm: isStartedByNpm() }, (reason) => {
    logger.info({ reason }, 'stopping: mail in flight ends, what waits stays in the log');
    void standalone.stop().then(() => process.exit(0));
  });
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
