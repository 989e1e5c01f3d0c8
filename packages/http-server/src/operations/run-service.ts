import pino, { type Logger } from 'pino';
import { collectWhenIdle } from './idle-collection.ts';
import { onStopSignal } from './stop-signals.ts';

/** A service that has started. */
export interface RunningService {
  /** Ends in good order; only then the process ends. */
  stop(): Promise<void>;
}

/** What the process has that a service starts with. */
export interface ServiceProcess {
  readonly logger: Logger;
  /** The service cannot go on: ends the process with exit code 1. */
  readonly onFailure: (error: unknown) => void;
}

export interface ServiceDescription<Variables, Service extends RunningService> {
  /** Throws when the environment cannot be used. */
  readonly readVariables: () => Variables & { readonly LOG_LEVEL: string };
  readonly start: (variables: Variables, process: ServiceProcess) => Promise<Service>;
  /** What to print once it has started. */
  readonly banner: (service: Service) => readonly string[];
  readonly print: Pick<Console, 'log' | 'error'>;
  /** See `StopSignalsOptions`. Default false. */
  readonly startedByNpm?: boolean;
}

/**
 * The life of a service process: reads the environment, starts, says where it is, and stops on SIGTERM or SIGINT. What
 * cannot be used is told in one sentence, without a stack, and gives exit code 1. A start that is asked to stop is broken
 * off, as if the process had been killed: it may be waiting for a log that does not answer.
 */
export async function runService<Variables, Service extends RunningService>(
  description: ServiceDescription<Variables, Service>,
): Promise<void> {
  try {
    await run(description);
  } catch (error) {
    description.print.error(error instanceof Error ? error.message : error);
    process.exit(1);
  }
}

async function run<Variables, Service extends RunningService>({
  readVariables,
  start,
  banner,
  print,
  startedByNpm = false,
}: ServiceDescription<Variables, Service>): Promise<void> {
  const variables = readVariables();
  const logger = pino({ level: variables.LOG_LEVEL, base: null, timestamp: pino.stdTimeFunctions.isoTime });
  const onFailure = (error: unknown): void => {
    logger.fatal({ err: error }, 'this process cannot go on');
    process.exit(1);
  };
  let isStarted = false;
  const starting = start(variables, { logger, onFailure });
  const stop = async (): Promise<void> => {
    if (isStarted) await (await starting).stop();
    process.exit(0);
  };
  onStopSignal({ startedByNpm }, (reason) => {
    logger.info({ reason }, 'stopping: what is in flight ends, what waits stays in the log');
    stop().catch(onFailure);
  });
  const service = await starting;
  isStarted = true;
  for (const line of banner(service)) print.log(line);
  collectWhenIdle();
}
