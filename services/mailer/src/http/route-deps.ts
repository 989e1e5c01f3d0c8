import { type ContentStore, ContentStoreError, type ContentStoreErrorCode } from '@postausgang/content-store';
import type { ProblemCode, QueueStatus, WhenDisabled } from '@postausgang/contracts';
import { EventLogError, problemCodeOf, type Publisher } from '@postausgang/event-log';
import { ProblemError } from '@postausgang/http';
import type { SenderRules } from '@postausgang/settings';
import { Type } from '@sinclair/typebox';
import type { MailQueue } from '../engine/queue.ts';

const storeProblems = {
  'content-full': 'store-full',
  'content-missing': 'store-unavailable',
  'content-corrupt': 'store-unavailable',
  'content-unavailable': 'store-unavailable',
  'store-closed': 'stopping',
} as const satisfies Record<ContentStoreErrorCode, ProblemCode>;

/** What to answer when a mail, or its large content, could not be made durable. Errors of other kinds stay what they are. */
export function appendProblem(error: unknown): unknown {
  if (error instanceof ContentStoreError) {
    return new ProblemError(storeProblems[error.code]);
  }
  if (!(error instanceof EventLogError)) {
    return error;
  }
  const code = problemCodeOf(error);
  if (code === 'outcome-unknown') {
    return acceptanceUnknown();
  }
  return new ProblemError(code, code === 'overloaded' ? { headers: { 'retry-after': '1' } } : {});
}

/** The request is in the log, or on its way there, and what became of it is not known here. */
export function acceptanceUnknown(): ProblemError {
  const detail =
    'It is not known yet whether the mail was accepted. With an Idempotency-Key, it is safe to repeat the request.';
  return new ProblemError('outcome-unknown', { detail, headers: { 'retry-after': '1' } });
}

/** What is asked depends on what has not been read of the log yet. */
export function historyIncomplete(): ProblemError {
  const detail = 'The mailer still reads what the log says of the past. It is safe to repeat the request.';
  return new ProblemError('history-incomplete', { detail, headers: { 'retry-after': '2' } });
}

/** The queue for routes: what it cannot know yet throws `history-incomplete`. */
export function answeringQueue<Queue extends MailRoutesDeps['queue']>(queue: Queue): Queue {
  const required = (...states: readonly QueueStatus['history']['state'][]): void => {
    if (!states.includes(queue.history().state)) throw historyIncomplete();
  };
  return {
    ...queue,
    find(id) {
      if (!queue.isKnown(id)) throw historyIncomplete();
      return queue.find(id);
    },
    list(query) {
      required('filling', 'complete');
      return queue.list(query);
    },
    counts(selection) {
      required('filling', 'complete');
      return queue.counts(selection);
    },
    async countNaming(senderId) {
      required('filling', 'complete');
      return queue.countNaming(senderId);
    },
    refusals(query) {
      required('filling', 'complete');
      return queue.refusals(query);
    },
    matching(filter) {
      required('complete');
      return queue.matching(filter);
    },
    countMatching(filter) {
      required('complete');
      return queue.countMatching(filter);
    },
    action(id) {
      required('complete');
      return queue.action(id);
    },
    actions(query) {
      required('complete');
      return queue.actions(query);
    },
    statistics(query) {
      required('complete');
      return queue.statistics(query);
    },
  };
}

/** What the settings in force say about new mail. */
export interface SendingRules extends SenderRules {
  readonly enabled: boolean;
  readonly whenDisabled: WhenDisabled;
}

/** What the routes for mail need from the rest of the mailer. */
export interface MailRoutesDeps {
  readonly publisher: Publisher;
  /** Takes what is too large for the log. */
  readonly contentStore: Pick<ContentStore, 'put'>;
  readonly queue: Pick<
    MailQueue,
    | 'find'
    | 'status'
    | 'list'
    | 'counts'
    | 'countNaming'
    | 'waitFor'
    | 'answerTo'
    | 'commandIds'
    | 'refusals'
    | 'report'
    | 'statistics'
    | 'quotas'
    | 'matching'
    | 'countMatching'
    | 'action'
    | 'actions'
    | 'content'
    | 'whenExpanded'
    | 'isKnown'
    | 'history'
  >;
  readonly sendingRules: () => SendingRules;
  readonly now: () => Date;
  /** A new id, of a mail or a command. */
  readonly newId: () => string;
  /** Largest body of a request. */
  readonly bodyLimitBytes: number;
  /** How far ahead a mail may be scheduled, where the log does not keep requests for ever. */
  readonly longestWaitMs?: number | undefined;
  /** How long a request with an idempotency key waits for its own record, and a verb for its answer; default 5 s. */
  readonly foldTimeoutMs?: number;
}

export const MailParamsSchema = Type.Object({
  id: Type.String({
    description: 'The ID in the answer to POST /v1/mails',
    examples: ['8d5c3b1a-6f0e-4d7e-9a53-0c1f7f0e2b11'],
  }),
});

export const IdempotencyHeadersSchema = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      description:
        'Requests with the same key and the same content are one mail. 1 to 200 visible ASCII characters.',
      examples: ['invoice-4711-v1'],
    }),
  ),
});
