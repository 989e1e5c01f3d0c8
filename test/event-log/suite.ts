import { appendScenarios } from './suite-append.ts';
import { followScenarios } from './suite-follow.ts';
import { lifecycleScenarios } from './suite-lifecycle.ts';
import { createScenario } from './suite-scenario.ts';
import type { OpenLog } from './suite-scenario.ts';

/** What every adapter promises. Partitions are up to the adapter: only the order within a key is looked at. */
export function eventLogSuite(name: string, open: OpenLog): void {
  const scenario = createScenario(name, open);
  appendScenarios(scenario);
  followScenarios(scenario);
  lifecycleScenarios(scenario);
}
