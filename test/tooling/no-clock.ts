/**
 * A lint rule for pure folders: `new Date()` and `Date()` read the clock, `new Date(value)` does not. The built-in
 * rules can only forbid `Date` altogether, and pure code needs it to calculate with the times it is given.
 */
import { oneClock } from './dates/two-clocks.ts';

interface CallNode {
  readonly callee: { readonly type: string; readonly name?: string };
  readonly arguments: readonly unknown[];
}

interface RuleContext {
  report(finding: { readonly message: string; readonly node: CallNode }): void;
}

const message = 'Pure code reads no clock: take the time from the command or the event.';

const callsDate = (node: CallNode): boolean =>
  node.callee.type === 'Identifier' && node.callee.name === 'Date';

const noClock = {
  create: (context: RuleContext) => ({
    NewExpression: (node: CallNode): void => {
      if (callsDate(node) && node.arguments.length === 0) {
        context.report({ message, node });
      }
    },
    CallExpression: (node: CallNode): void => {
      if (callsDate(node)) {
        context.report({ message, node });
      }
    },
  }),
};

export default { meta: { name: 'postausgang' }, rules: { 'no-clock': noClock, 'one-clock': oneClock } };
