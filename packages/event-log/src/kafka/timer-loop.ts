import kafkajsPackage from 'kafkajs/package.json' with { type: 'json' };
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import type { KafkaLogger } from './kafka-log-options.ts';

const knownVersion = '2.2.4';
const pendingCheckMs = 10;

/**
 * kafkajs 2.2.4 runs a timer of 1 ms on every connection, for ever: 3 % of a core each, and a warning from Node 24 for
 * each negative timeout. The timer is needed only while a broker throttles us or requests wait to be sent.
 */
export function stopTimerLoop(logger: KafkaLogger | undefined): void {
  if (kafkajsPackage.version !== knownVersion) {
    const fields = { version: kafkajsPackage.version, knownVersion };
    logger?.warn(fields, 'The timer loop of kafkajs is left as it is: it was looked at in another version');
    return;
  }
  RequestQueue.prototype.scheduleCheckPendingRequests = scheduleWhereNeeded;
}

function scheduleWhereNeeded(this: RequestQueue): void {
  const throttledMs = this.throttledUntil - Date.now();
  const isNeeded = throttledMs > 0 || this.pending.length > 0;
  if (isNeeded && this.throttleCheckTimeoutId === null) {
    const waitMs = throttledMs > 0 ? throttledMs : pendingCheckMs;
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  }
}
