import type { KafkaLogger } from './kafka-log-options.ts';

export interface Readiness {
  /** Whether every part that is in use has its connection. */
  readonly ready: boolean;
  /** One sentence for people: what is missing, or that all is well. */
  readonly detail: string;
}

/** What each part says about its connection. */
export interface Health {
  /** `problem` undefined: it works. Tells the logger what has changed. */
  report(part: string, problem: string | undefined): void;
  /** The part is no longer in use. */
  forget(part: string): void;
  readiness(): Readiness;
}

export function createHealth(logger: KafkaLogger | undefined): Health {
  const problems = new Map<string, string>();
  return {
    report(part, problem) {
      if (problem === undefined) {
        if (problems.delete(part)) {
          logger?.info({ part }, `Kafka: the ${part} works again`);
        }
        return;
      }
      if (!problems.has(part)) {
        logger?.warn({ part, problem }, `Kafka: the ${part} does not work: ${problem}`);
      }
      problems.set(part, problem);
    },
    forget: (part) => void problems.delete(part),
    readiness() {
      const [first] = problems;
      if (first === undefined) {
        return { ready: true, detail: 'Connected to Kafka.' };
      }
      return { ready: false, detail: `No connection to Kafka: the ${first[0]}: ${first[1]}` };
    },
  };
}
