import type { ConnectionTestStep, ServerType } from '@postausgang/contracts';
import type { RequestedTest } from './pending-tests.ts';
import type { RunExchangeTestOptions } from './run-exchange-test.ts';
import { runSmtpTest, type RunSmtpTestOptions } from './run-smtp-test.ts';

export type RunTestOptions = RunSmtpTestOptions & RunExchangeTestOptions;

type Run = (
  options: RunTestOptions,
  test: RequestedTest,
  onStep?: (step: ConnectionTestStep) => void,
) => Promise<readonly ConnectionTestStep[]>;

const runs: Readonly<Record<ServerType, Run>> = {
  smtp: runSmtpTest,
  // Loaded only where it is used, as the transports of Exchange are.
  async exchange(options, test, onStep) {
    const { runExchangeTest } = await import('./run-exchange-test.ts');
    return runExchangeTest(options, test, onStep);
  },
};

/** Runs a requested test with the code that sends by the settings in it. */
export const runConnectionTest: Run = (options, test, onStep) =>
  runs[test.content.serverType](options, test, onStep);
