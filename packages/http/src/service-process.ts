import { hostname } from 'node:os';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { performance } from 'node:perf_hooks';
import type { Logger } from 'pino';
import { explainFileError, readAllVariables } from '@postausgang/configuration';
import { createServiceLogger } from './service-logger.ts';

const everyMs = 2000;

/** A collection takes some 50 ms, so it has to be worth it, and nobody should notice. */
const worthBytes = 12_000_000;
const idleShare = 0.03;

/**
 * What was busy may soon be busy again, and a collection costs it what makes it quick: the young generation, which has to
 * grow anew, and compiled code. So it has to have been idle for half a minute. The first looks see the end of the start.
 */
const busyShare = 0.25;
const looksAfterWork = 15;
const looksAtStart = 3;

/**
 * Gives memory back when there is nothing else to do. V8 collects when something is allocated, so what a start, a burst of
 * mail or a large page has left behind would stay for as long as the service idles. Needs the option `--expose-gc`; without
 * it nothing is collected early.
 */
function collectWhenIdle(): void {
  const collect = globalThis.gc;
  if (collect === undefined) return;
  let last = performance.eventLoopUtilization();
  let residentBytes = 0;
  let looks = 0;
  let idleLooks = 0;
  let neededLooks = 1;
  setInterval(() => {
    const now = performance.eventLoopUtilization();
    const { utilization } = performance.eventLoopUtilization(now, last);
    last = now;
    idleLooks = utilization < idleShare ? idleLooks + 1 : 0;
    looks += 1;
    if (utilization > busyShare && looks > looksAtStart) neededLooks = looksAfterWork;
    if (idleLooks >= neededLooks && process.memoryUsage.rss() > residentBytes + worthBytes) {
      collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
      residentBytes = process.memoryUsage.rss();
      last = performance.eventLoopUtilization();
    }
  }, everyMs).unref();
}

const lookEveryMs = 250;

interface StopSignalsOptions {
  /**
   * Whether npm started this process. npm passes SIGTERM on to its shell only, and the shell ends without passing it
   * on; a process whose parent is gone then was meant to stop.
   */
  readonly startedByNpm: boolean;
}

/** Calls `stop` once, with what asked for it: SIGTERM, SIGINT, or the end of npm. */
function onStopSignal({ startedByNpm }: StopSignalsOptions, stop: (reason: string) => void): void {
  let isStopping = false;
  const parent = process.ppid;
  const watch = startedByNpm
    ? setInterval(() => process.ppid !== parent && ask('npm ended'), lookEveryMs)
    : undefined;
  watch?.unref();

  function ask(reason: string): void {
    clearInterval(watch);
    if (!isStopping) {
      isStopping = true;
      stop(reason);
    }
  }
  process.on('SIGTERM', ask);
  process.on('SIGINT', ask);
}

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

interface ServiceDescription<Variables, Service extends RunningService> {
  /** What the process is called in its log. */
  readonly name: string;
  /** Which one of several it is, in its log. Default: the name of the machine. */
  readonly instanceOf?: (variables: Variables) => string;
  /** Throws when the environment cannot be used. */
  readonly readVariables: () => Variables & { readonly LOG_LEVEL: string };
  /** What else reads variables, to find what is wrong with all of them at once. */
  readonly checks?: (variables: Variables) => readonly (() => unknown)[];
  readonly start: (variables: Variables, process: ServiceProcess) => Promise<Service>;
  /** What to say once it has started: in the log, or on the terminal. */
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
    description.print.error(explainFileError(error) ?? (error instanceof Error ? error.message : error));
    process.exit(1);
  }
}

async function run<Variables, Service extends RunningService>({
  name,
  instanceOf = () => hostname(),
  readVariables,
  checks = () => [],
  start,
  banner,
  print,
  startedByNpm = false,
}: ServiceDescription<Variables, Service>): Promise<void> {
  const variables = await readAllVariables(readVariables, checks);
  const out = process.stdout;
  const logger = createServiceLogger({
    level: variables.LOG_LEVEL,
    service: name,
    instance: instanceOf(variables),
    out,
  });
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
  // Said at every level; where no person reads it, it is part of the log.
  const say = logger.child({}, { level: 'info' });
  for (const line of banner(service)) {
    if (out.isTTY) print.log(line);
    else say.info(line);
  }
  collectWhenIdle();
}

/** What protects the API keys on their way: a proxy that speaks TLS in front, or TLS of our own. */
interface BindProtection {
  readonly behindProxy: boolean;
  readonly tls: boolean;
}

/** Thrown at start; the message says what to set. */
class BindRefusedError extends Error {
  override readonly name = 'BindRefusedError';
}

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');

/** Whether nobody but this machine can reach a server on this host. Names other than localhost count as others. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (bare === 'localhost') return true;
  if (isIPv4(bare)) return loopback.check(bare);
  return isIPv6(bare) && loopback.check(bare, 'ipv6');
}

/** Refuses to listen where API keys would cross a network in clear. */
export function requireSafeBind(host: string, { behindProxy, tls }: BindProtection): void {
  if (behindProxy || tls || isLoopback(host)) return;
  throw new BindRefusedError(
    `HOST is ${host === '' ? 'empty (every address)' : host}: API keys and mails would cross the network ` +
      'unencrypted. Listen on 127.0.0.1, or put a proxy with TLS in front and set BEHIND_PROXY=true.',
  );
}
