/**
 * What becomes of mails and connection tests, for whoever watches the process: one line in its log for each, and numbers.
 * A line names the mail, the reference of the ERP and the domains of the recipients. It has no addresses, no replies of
 * servers and nothing of a message.
 */
import type { Logger } from 'pino';
import { Counter, Histogram, type Registry } from 'prom-client';
import { type Attempt, type EventData, readTraceparent, type RecipientResult } from '@postausgang/contracts';
import type { Mail } from '@postausgang/mail';
import { domainOf } from '@postausgang/settings';
import type { Completion } from './completer.ts';

/** Hears of every event about a mail that this process has made durable, and of every connection test that it ran. */
export interface OutcomeWatch {
  /** @param mail the row as it is now, where there is one */
  completed(event: Completion, mail: Mail | undefined): void;
  tested(result: EventData<'connectionTestResult'>): void;
  addMetrics(registry: Registry): void;
}

/** What an event says became of recipients. */
interface Outcome {
  /** A state of a mail, or `refused` for what did not become one. */
  readonly outcome: string;
  readonly failure: { readonly code: string; readonly class?: string } | null;
  readonly recipients: readonly (string | Pick<RecipientResult, 'address'>)[];
  readonly attempt: Attempt | null;
  readonly businessReference: string | null;
}

const deliverySeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 14_400, 86_400];
const attemptSeconds = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

function createMetrics() {
  const registers: Registry[] = [];
  return {
    outcomes: new Counter({
      name: 'postausgang_mail_outcomes_total',
      help: 'Outcomes of mails by outcome, class of the failure, and server',
      labelNames: ['outcome', 'class', 'server'],
      registers,
    }),
    delivery: new Histogram({
      name: 'postausgang_mail_delivery_seconds',
      help: 'From the acceptance of a mail until the next hop took responsibility for it',
      buckets: deliverySeconds,
      registers,
    }),
    attempts: new Histogram({
      name: 'postausgang_mail_attempt_seconds',
      help: 'Duration of attempts by outcome',
      labelNames: ['outcome'],
      buckets: attemptSeconds,
      registers,
    }),
    tests: new Counter({
      name: 'postausgang_connection_tests_total',
      help: 'Connection tests by result',
      labelNames: ['state'],
      registers,
    }),
  };
}

interface WatchDeps {
  readonly logger: Pick<Logger, 'info' | 'warn'>;
  readonly now: () => Date;
}

export function createOutcomeWatch({ logger, now }: WatchDeps): OutcomeWatch {
  const metrics = createMetrics();
  return {
    completed(event, mail) {
      const told = outcomeOf(event);
      if (told === undefined) return;
      const { outcome, failure, attempt } = told;
      const acceptedMs = mail === undefined ? undefined : now().getTime() - mail.acceptedAtMs;
      const server = attempt === null || attempt.server === '' ? 'none' : attempt.server;
      metrics.outcomes.inc({ outcome, class: failure?.class ?? 'none', server });
      const durationMs = durationOf(attempt);
      if (attempt !== null && durationMs !== undefined) {
        metrics.attempts.observe({ outcome: attempt.outcome ?? outcome }, durationMs / 1000);
      }
      if (event.name === 'mailSent' && acceptedMs !== undefined) {
        metrics.delivery.observe(Math.max(0, acceptedMs) / 1000);
      }
      const line = {
        id: event.data.mailId,
        businessReference: told.businessReference ?? mail?.businessReference ?? undefined,
        outcome,
        code: failure?.code,
        domains: domainsOf(told.recipients),
        recipients: told.recipients.length,
        server: server === 'none' ? undefined : server,
        attempt: attempt?.number,
        durationMs,
        sinceAcceptedMs: acceptedMs,
        traceId: readTraceparent(mail?.traceparent)?.traceId,
      };
      if (needsAttention.has(outcome)) logger.warn(line, `Mail ${outcome}`);
      else logger.info(line, `Mail ${outcome}`);
    },
    tested({ testId, resource, state, startedAt, finishedAt, steps }) {
      metrics.tests.inc({ state });
      const failed = steps.find((step) => step.state === 'failed');
      const line = {
        id: testId,
        resource,
        outcome: state,
        step: failed?.name,
        code: failed?.hint?.code,
        durationMs: Date.parse(finishedAt) - Date.parse(startedAt),
      };
      if (state === 'failed') logger.warn(line, 'Connection test failed');
      else logger.info(line, 'Connection test ok');
    },
    addMetrics(registry) {
      registry.registerMetric(metrics.outcomes);
      registry.registerMetric(metrics.delivery);
      registry.registerMetric(metrics.attempts);
      registry.registerMetric(metrics.tests);
    },
  };
}

const needsAttention: ReadonlySet<string> = new Set(['failed', 'expired', 'unknown', 'refused']);

/** Undefined: the event says nothing about recipients. */
function outcomeOf({ name, data }: Completion): Outcome | undefined {
  switch (name) {
    case 'mailSent':
      return { ...data, failure: null, outcome: data.state };
    case 'mailCancelled':
    case 'mailResolved':
      return { ...data, failure: null, attempt: null, outcome: data.state };
    case 'mailFailed':
    case 'mailDeferred':
      return { ...data, outcome: data.state };
    case 'mailOutcomeUnknown':
      return { ...data, outcome: 'unknown' };
    case 'mailRefused':
      return {
        outcome: 'refused',
        failure: { code: data.code },
        recipients: [],
        attempt: null,
        businessReference: data.businessReference ?? null,
      };
    default:
      return undefined;
  }
}

function domainsOf(recipients: Outcome['recipients']): readonly string[] {
  const addresses = recipients.map((one) => (typeof one === 'string' ? one : one.address));
  return [...new Set(addresses.map((address) => domainOf(address).toLowerCase()))].slice(0, mostDomains);
}

/** A line stays a line, also for a mail to a thousand. */
const mostDomains = 20;

function durationOf(attempt: Attempt | null): number | undefined {
  if (attempt === null || attempt.endedAt === null) return undefined;
  return Math.max(0, Date.parse(attempt.endedAt) - Date.parse(attempt.startedAt));
}
