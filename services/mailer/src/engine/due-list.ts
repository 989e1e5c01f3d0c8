/**
 * The due mails, in the order in which they go out: ids by the flow they belong to, and whose turn it is.
 *
 * - A flow is the mail of one priority, one requester and one sender. Turns are taken among the priorities (by weight), then
 *   among the requesters of that priority, then among the senders of that requester. Within a flow, the longest due goes first.
 * - What comes in is listed as it comes. The view is asked only where a flow may have more than is listed, and for flows
 *   that nobody has told of, after something became due by time or by another mail.
 * - The list is a hint: whether a mail may be sent at this moment, its row says. Within one pass a flow is read at most
 *   once, so mails that are due and may not be sent do not keep a pass going.
 */
import { type Flow, flowOf, type WaitingMail } from '@postausgang/mail';
import { priorities, type Priority } from '@postausgang/contracts';
import type { MailView } from '../view/mail-view.ts';
import { afterTurn, noTurns, type Turns, whoseTurn } from './turns.ts';

export interface DueList {
  /** A mail that has become due. */
  offer(mail: WaitingMail): void;
  /** The flow of this mail may have due mails that are not listed. */
  readAgain(mail: WaitingMail): void;
  /** A mail that was taken and is as it was. */
  giveBack(mail: WaitingMail): void;
  /** There may be due mails in any flow that are not listed. */
  invalidate(): void;
  /** A pass begins. */
  begin(): void;
  next(): string | undefined;
  /** Whether it may give another one. */
  isAny(): boolean;
}

interface DueListDeps {
  readonly view: Pick<MailView, 'dueFlows' | 'dueOf'>;
  readonly nowMs: () => number;
  readonly partitions: () => readonly number[];
  readonly inFlight: { readonly size: number; has(id: string): boolean };
}

const listedAtOnce = 256;
const flowsAtOnce = 256;
const mostListed = 10_000;
/** While many flows are listed, the others are looked for only so often. */
const passesUntilRead = 100;

/** How many turns each priority gets where all three wait. */
export const priorityWeights: Readonly<Record<Priority, number>> = { urgent: 16, normal: 4, bulk: 1 };

/** The listed mails of one flow. */
interface Listed {
  readonly ids: string[];
  /** No other mail of the flow is due. */
  isComplete: boolean;
  /** The pass in which the view was asked. */
  readIn: number;
}

interface OfRequester {
  turns: Turns;
  readonly senders: Map<string, Listed>;
}

interface OfPriority {
  turns: Turns;
  readonly requesters: Map<string, OfRequester>;
  flows: number;
  /** No other flow of the priority has due mail. */
  isComplete: boolean;
  /** The pass in which the view was asked. */
  readIn: number;
  /** After which flow the next look begins; null: with the first. */
  after: Flow | null;
}

interface State extends DueListDeps {
  readonly of: Readonly<Record<Priority, OfPriority>>;
  turns: Turns;
  pass: number;
  listed: number;
  /** Flows with nothing more in this pass, though more may be due. */
  resting: { readonly flow: Flow; readonly listed: Listed }[];
}

export function createDueList(deps: DueListDeps): DueList {
  const of = { urgent: nobody(), normal: nobody(), bulk: nobody() };
  const state: State = { ...deps, of, turns: noTurns, pass: 1, listed: 0, resting: [] };
  return {
    offer(mail) {
      const flow = listedOf(state, flowOf(mail));
      if (flow.isComplete && state.listed < mostListed) {
        flow.ids.push(mail.id);
        state.listed += 1;
      } else {
        flow.isComplete = false;
      }
    },
    readAgain: (mail) => void (listedOf(state, flowOf(mail)).isComplete = false),
    giveBack(mail) {
      listedOf(state, flowOf(mail)).ids.unshift(mail.id);
      state.listed += 1;
    },
    invalidate() {
      for (const priority of priorities) {
        of[priority].isComplete = false;
      }
    },
    begin() {
      state.pass += 1;
      const rested = state.resting;
      state.resting = [];
      rested.forEach(({ flow, listed }) => put(state, flow, listed));
    },
    next: () => next(state),
    isAny: () => state.resting.length > 0 || priorities.some((priority) => of[priority].flows > 0),
  };
}

function nobody(): OfPriority {
  return { turns: noTurns, requesters: new Map(), flows: 0, isComplete: false, readIn: 0, after: null };
}

function listedOf(state: State, flow: Flow): Listed {
  const ofPriority = state.of[flow.priority];
  const known =
    ofPriority.requesters.get(flow.requester)?.senders.get(flow.sender) ?? takeRested(state, flow);
  return known ?? put(state, flow, { ids: [], isComplete: ofPriority.isComplete, readIn: 0 });
}

/** A flow that rests has news. */
function takeRested(state: State, flow: Flow): Listed | undefined {
  const index = state.resting.findIndex(
    ({ flow: { priority, requester, sender } }) =>
      priority === flow.priority && requester === flow.requester && sender === flow.sender,
  );
  const [rested] = index === -1 ? [] : state.resting.splice(index, 1);
  return rested === undefined ? undefined : put(state, flow, rested.listed);
}

function put({ of }: State, { priority, requester, sender }: Flow, listed: Listed): Listed {
  const ofPriority = of[priority];
  const ofRequester = ofPriority.requesters.get(requester) ?? { turns: noTurns, senders: new Map() };
  ofPriority.requesters.set(requester, ofRequester);
  ofPriority.flows += ofRequester.senders.has(sender) ? 0 : 1;
  ofRequester.senders.set(sender, listed);
  return listed;
}

function remove({ of }: State, { priority, requester, sender }: Flow): void {
  const { requesters } = of[priority];
  const senders = requesters.get(requester)?.senders;
  of[priority].flows -= senders?.delete(sender) === true ? 1 : 0;
  if (senders?.size === 0) {
    requesters.delete(requester);
  }
}

function next(state: State): string | undefined {
  priorities.forEach((priority) => readFlows(state, priority));
  for (let turn = takeTurn(state); turn !== undefined; turn = takeTurn(state)) {
    const { flow, listed, count } = turn;
    if (listed.ids.length === 0 && !listed.isComplete && listed.readIn !== state.pass) {
      readMails(state, flow, listed);
    }
    const id = listed.ids.shift();
    if (id !== undefined) {
      state.listed -= 1;
      count();
    }
    if (listed.ids.length === 0 && (listed.isComplete || id === undefined)) {
      remove(state, flow);
      state.resting.push(...(listed.isComplete ? [] : [{ flow, listed }]));
    }
    if (id !== undefined) {
      return id;
    }
  }
  return undefined;
}

/** Flows that nobody has told of. Where there are many, a part of them at a time. */
function readFlows(state: State, priority: Priority): void {
  const ofPriority = state.of[priority];
  const { isComplete, readIn, flows, after } = ofPriority;
  const isFull = flows >= flowsAtOnce / 2 && state.pass - readIn < passesUntilRead;
  if (isComplete || readIn === state.pass || isFull) {
    return;
  }
  const found = state.view.dueFlows({ priority, after, nowMs: state.nowMs(), limit: flowsAtOnce });
  ofPriority.readIn = state.pass;
  ofPriority.after = found.next;
  ofPriority.isComplete = after === null && found.next === null;
  for (const flow of found.flows) {
    listedOf(state, flow).isComplete = false;
  }
}

function readMails(state: State, flow: Flow, listed: Listed): void {
  const { view, partitions, inFlight, nowMs } = state;
  const limit = listedAtOnce + inFlight.size;
  const due = view.dueOf(flow, { nowMs: nowMs(), partitions: partitions(), limit });
  const free = due.filter((id) => !inFlight.has(id));
  listed.ids.push(...free);
  listed.isComplete = due.length < limit;
  listed.readIn = state.pass;
  state.listed += free.length;
}

/** The flow whose turn it is. `count`: it has had its turn. */
function takeTurn(
  state: State,
): { readonly flow: Flow; readonly listed: Listed; readonly count: () => void } | undefined {
  const priority = whoseTurn(
    state.turns,
    priorities.filter((one) => state.of[one].flows > 0),
  ) as Priority | undefined;
  const ofPriority = priority === undefined ? undefined : state.of[priority];
  const requester = ofPriority && whoseTurn(ofPriority.turns, ofPriority.requesters.keys());
  const ofRequester = requester === undefined ? undefined : ofPriority?.requesters.get(requester);
  const sender = ofRequester && whoseTurn(ofRequester.turns, ofRequester.senders.keys());
  const listed = sender === undefined ? undefined : ofRequester?.senders.get(sender);
  if (
    priority === undefined ||
    ofPriority === undefined ||
    requester === undefined ||
    ofRequester === undefined ||
    sender === undefined ||
    listed === undefined
  ) {
    return undefined;
  }
  const count = (): void => {
    state.turns = afterTurn(state.turns, priority, priorityWeights[priority]);
    ofPriority.turns = afterTurn(ofPriority.turns, requester);
    ofRequester.turns = afterTurn(ofRequester.turns, sender);
  };
  return { flow: { priority, requester, sender }, listed, count };
}
