import { mutation, type Mutation } from '../mutated-rules.ts';

/** What keeps the promises outside the functions that decide, each broken by itself. The files are those of the mailer. */
export const engineMutations: readonly Mutation[] = [
  mutation(
    'engine/record-intent.ts',
    'await deps.intentFolded(position);\n  if (!isOurs(identity))',
    'if (false)',
  ),
  mutation('engine/record-intent.ts', 'if (!claim.commit())', 'if (false)'),
  mutation('engine/record-intent.ts', "note({ state: 'uncertain', intent });", ''),
  mutation('engine/record-intent.ts', "note({ state: 'recorded', intent });", ''),
  mutation('engine/attempt-end.ts', "if (record.state === 'uncertain')", 'if (false)'),
  mutation('engine/attempt-end.ts', 'accepted.includes(address)', 'false'),
  mutation('engine/completer.ts', 'inFlight.awaitEvent(one, id);', 'inFlight.drop(one);'),
  mutation('engine/completer.ts', 'onFailed(error);', 'onFailed(error);\n      return;'),
  mutation('engine/completer.ts', 'return calledOffBy === null;', 'return true;'),
  mutation('engine/completer.ts', 'keys.forEach(drop);', ''),
  mutation(
    'engine/completer.ts',
    'told === undefined ? undefined : view.answerTo(mailId, command.id)',
    '{ code: null, detail: null }',
  ),
  mutation(
    'engine/executor.ts',
    'deps.completer.complete(outcomeEvent(mail, end.outcome, end.eventId));',
    '',
  ),
  mutation('engine/executor.ts', 'giveBack(deps, mail);\n      return;\n    case', 'return;\n    case'),
  mutation(
    'engine/executor.ts',
    'inFlight.drop(mail.id);\n  agenda.giveBack(mail);',
    'agenda.giveBack(mail);',
  ),
  mutation(
    'engine/executor.ts',
    'if (step.callsOff === undefined || guard.callOff(step.callsOff, step.event.id))',
    'if (true)',
  ),
  mutation('engine/scheduler.ts', 'isMailInFlight: inFlight.has(mailId)', 'isMailInFlight: false'),
  mutation('engine/scheduler.ts', 'isFirst && !inFlight.has(commandName(due))', 'false'),
  mutation('engine/rescuer.ts', 'Math.max(recordedAtMs, heardAtMs)', 'recordedAtMs'),
  mutation('engine/rescuer.ts', 'rescueAtMs(mail, facts) <= facts.nowMs', 'true'),
  mutation('engine/rescuer.ts', 'rescueAtMs(mail, facts) <= facts.nowMs', 'false'),
  mutation('engine/lease.ts', 'await known;', ''),
  mutation('engine/follow.ts', 'inFlight.eventFolded(result.event.id);', ''),
  mutation('engine/follow.ts', 'waiters.folded(result.event);', ''),
  mutation('engine/history.ts', 'state.ahead.push({ topic, items: rest });', ''),
  mutation('engine/history.ts', 'state.view.apply(topic, told);', ''),
  mutation('engine/history.ts', 'advance(state.ofWhole, topic, told);', ''),
  mutation('engine/attempt.ts', "if (record.state === 'none') throw error;", 'throw error;'),
  mutation('engine/plan.ts', 'return onePerMail(steps);', 'return steps;'),
  mutation('engine/plan.ts', '[...release(facts), ...hold(facts)]', '[...hold(facts)]'),
];
