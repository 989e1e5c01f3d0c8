/*
 * The checks of senders: what is known of each sender, and how far each check is. A fold over the stream of the connection
 * tests. What a check has found counts for the versions it was made with, and for 30 days.
 */
import {
  type CheckedSender,
  type EventOf,
  maxShownResults,
  type PostausgangEvent,
  type SenderCheck,
  senderCheckDays,
  type SenderCheckList,
  type SenderCheckState,
  type SenderCheckView,
  type SenderVerdict,
  withClass,
} from '@postausgang/contracts';
import { testAbandonedAfterMs } from './connection-tests.ts';
import { parseInstant } from './formats.ts';
import { neverChecked } from './references.ts';
import type { Verdict } from './resource.ts';

type Found = CheckedSender & { readonly checkedAt: string };

/** What is known of one sender. */
interface SenderFindings {
  readonly latest: Found;
  /** The latest that has found something; null: none has. A check that fails takes nothing back. */
  readonly conclusive: Found | null;
}

interface Check {
  readonly request: Omit<EventOf<'senderCheckRequested'>['data'], 'senders'>;
  readonly total: number;
  readonly requestedAt: string;
  /** The time of the last event of this check. */
  lastHeardAt: string;
  /** The senders that were not checked yet, with the versions they had, in order. */
  readonly left: Map<string, number>;
  readonly counts: Record<SenderVerdict, number>;
  /** The last results, newest first. */
  recent: readonly Found[];
}

/** The fold changes it in place. */
export interface SenderChecksState {
  readonly bySender: Map<string, SenderFindings>;
  /** Oldest first. */
  readonly checks: Map<string, Check>;
}

/** How many checks are kept. What they have found is kept for each sender. */
const maxChecks = 100;

export function createSenderChecksState(): SenderChecksState {
  return { bySender: new Map(), checks: new Map() };
}

/** Folds one event. A second request with the same id, and a second result of a check for a sender, are duplicates. Total. */
export function evolveSenderChecks(state: SenderChecksState, event: PostausgangEvent): Verdict {
  switch (event.type) {
    case 'io.postausgang.sender-check-requested.v1':
      return addCheck(state, event);
    case 'io.postausgang.sender-checked.v1':
      return addFound(state, event);
    default:
      return 'ignored';
  }
}

function addCheck({ checks }: SenderChecksState, { time, data }: EventOf<'senderCheckRequested'>): Verdict {
  const { senders, ...request } = data;
  if (checks.has(data.checkId)) return 'duplicate';
  checks.set(data.checkId, {
    request,
    total: senders.length,
    requestedAt: time,
    lastHeardAt: time,
    left: new Map(senders.map(({ id, version }) => [id, version])),
    counts: { verified: 0, refused: 0, 'accepted, not verified': 0, failed: 0 },
    recent: [],
  });
  if (checks.size > maxChecks) dropOldest(checks);
  return 'accepted';
}

/** One that still runs stays as long as there are others. */
function dropOldest(checks: Map<string, Check>): void {
  const [first] = checks.keys();
  const [finished = first] = [...checks].flatMap(([id, { left }]) => (left.size === 0 ? [id] : []));
  if (finished !== undefined) checks.delete(finished);
}

function addFound({ bySender, checks }: SenderChecksState, event: EventOf<'senderChecked'>): Verdict {
  const { time, data } = event;
  const check = checks.get(data.checkId ?? '');
  if (check !== undefined && !check.left.delete(data.senderId)) return 'duplicate';
  const failure = data.failure === null ? null : withClass(data.failure);
  const found: Found = { ...data, failure, checkedAt: time };
  const before = bySender.get(data.senderId)?.conclusive ?? null;
  bySender.set(data.senderId, { latest: found, conclusive: found.verdict === 'failed' ? before : found });
  if (check !== undefined) {
    check.counts[found.verdict] += 1;
    check.recent = [found, ...check.recent].slice(0, maxShownResults);
    check.lastHeardAt = time;
  }
  return 'accepted';
}

/** The versions that a sender would be sent with. */
export type CheckedVersions = Pick<CheckedSender, 'senderVersion' | 'serverVersion' | 'connection'>;

/** What is known of a sender with these versions. `nowMs` null: its age does not count. */
export function senderCheckView(
  { bySender }: SenderChecksState,
  senderId: string,
  versions: CheckedVersions,
  nowMs: number | null,
): SenderCheckView {
  const findings = bySender.get(senderId);
  if (findings === undefined) return neverChecked;
  const { latest } = findings;
  const counts = findings.conclusive ?? latest;
  const { verdict, checkedAt } = counts;
  const { failure, reply, remedy, mailId } = latest;
  return { state: stateOf(counts, versions, nowMs), verdict, checkedAt, failure, reply, remedy, mailId };
}

const dayMs = 24 * 60 * 60 * 1000;

function stateOf(found: Found, versions: CheckedVersions, nowMs: number | null): SenderCheckState {
  const { verdict, checkedAt } = found;
  if (verdict !== 'verified' && verdict !== 'refused') return 'unverified';
  const isOld = nowMs !== null && nowMs - (parseInstant(checkedAt) ?? 0) > senderCheckDays * dayMs;
  return isOld || !isSame(found, versions) ? 'outdated' : verdict;
}

function isSame(one: CheckedVersions, other: CheckedVersions): boolean {
  return (
    one.senderVersion === other.senderVersion &&
    one.serverVersion === other.serverVersion &&
    one.connection?.id === other.connection?.id &&
    one.connection?.version === other.connection?.version
  );
}

/** A check with its last results; undefined when there is none with this id. */
export function senderCheck(state: SenderChecksState, id: string, nowMs: number): SenderCheck | undefined {
  const check = state.checks.get(id);
  if (check === undefined) return undefined;
  const results = check.recent.map(({ senderId, address, verdict, checkedAt, failure, remedy }) => {
    return { senderId, address, verdict, checkedAt, failure, remedy };
  });
  return { ...summaryOf(check, nowMs), results };
}

/** The checks, newest first, without results. */
export function senderCheckList(
  { checks }: SenderChecksState,
  limit: number,
  nowMs: number,
): SenderCheckList {
  const newest = [...checks.values()].slice(-limit).toReversed();
  return { items: newest.map((check) => summaryOf(check, nowMs)) };
}

function summaryOf(check: Check, nowMs: number): SenderCheck {
  const { request, total, requestedAt, lastHeardAt, left, counts } = check;
  const { verified, refused } = counts;
  const checked = total - left.size;
  return {
    id: request.checkId,
    state: stateOfCheck(check, nowMs),
    requestedAt,
    requestedBy: request.actor.name,
    finishedAt: left.size === 0 ? lastHeardAt : null,
    total,
    checked,
    verified,
    refused,
    unverified: checked - verified - refused,
    results: [],
  };
}

function stateOfCheck({ left, lastHeardAt }: Check, nowMs: number): SenderCheck['state'] {
  if (left.size === 0) return 'finished';
  const isSilent = nowMs - (parseInstant(lastHeardAt) ?? -Infinity) > testAbandonedAfterMs;
  return isSilent ? 'abandoned' : 'running';
}

/** The checks that are to go on, with the senders that are left. */
export function pendingChecks(
  { checks }: SenderChecksState,
  nowMs: number,
): readonly EventOf<'senderCheckRequested'>['data'][] {
  return [...checks.values()]
    .filter((check) => stateOfCheck(check, nowMs) === 'running')
    .map(({ request, left }) => ({
      ...request,
      senders: [...left].map(([id, version]) => ({ id, version })),
    }));
}
