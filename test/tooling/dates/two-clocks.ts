/**
 * What makes a test red on some later day: a fixed instant beside a clock that runs. The lint rule finds both within a
 * file; `mayHaveTwoClocks` looks at the text of a test together with what it imports, where one of the two may hide.
 */

interface Node {
  readonly type: string;
  readonly parent?: Node;
  readonly name?: string;
  readonly value?: unknown;
  readonly callee?: Node;
  readonly object?: Node;
  readonly property?: Node;
  readonly arguments?: readonly Node[];
}
interface TemplatePart extends Node {
  readonly value: { readonly cooked: string | null };
}
interface RuleContext {
  report(finding: { readonly message: string; readonly node: Node }): void;
}

const message =
  'A fixed instant stands in this file too: one day the two will have drifted apart. Give the code under test a clock ' +
  'that stands (now: () => …), or calculate the instant from the clock that runs.';

const isoDate = /\b20\d\d-[01]\d-[0-3]\d(?=T|\b)/g;
const [firstMs, lastMs] = [Date.UTC(2001, 8, 10), Date.UTC(2100, 0, 1)];

/** Dates such as 30 February are no instants: what has to be refused may say anything. */
function holdsInstant(text: string): boolean {
  return [...text.matchAll(isoDate)].some(([date]) => {
    const midnight = new Date(`${date}T00:00:00Z`);
    return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
  });
}

const isInstant = (value: unknown): boolean =>
  typeof value === 'string'
    ? holdsInstant(value)
    : typeof value === 'number' && value >= firstMs && value < lastMs;

const isDate = (node: Node | undefined): boolean => node?.type === 'Identifier' && node.name === 'Date';
const isYear = ({ value }: Node): boolean => typeof value === 'number' && value >= 2001 && value < 2100;
const namesYear = ({ arguments: [first, second] = [] }: Node): boolean =>
  first !== undefined && second !== undefined && isYear(first);

export const oneClock = {
  create(context: RuleContext) {
    let isFixed = false;
    const running: Node[] = [];
    return {
      Literal(node: Node): void {
        isFixed ||= isInstant(node.value);
      },
      TemplateElement({ value }: TemplatePart): void {
        isFixed ||= isInstant(value.cooked);
      },
      NewExpression(node: Node): void {
        if (!isDate(node.callee)) return;
        isFixed ||= namesYear(node);
        if (node.arguments?.length === 0) running.push(node);
      },
      CallExpression(node: Node): void {
        if (isDate(node.callee)) running.push(node);
        isFixed ||= node.callee?.property?.name === 'UTC' && isDate(node.callee.object) && namesYear(node);
      },
      MemberExpression(node: Node): void {
        if (isDate(node.object) && node.property?.name === 'now') running.push(node);
      },
      // What is spread brings its timers; the test says itself what time it is.
      Identifier(node: Node): void {
        const isUsed = node.parent?.type !== 'ImportSpecifier' && node.parent?.type !== 'SpreadElement';
        if (node.name === 'systemClock' && isUsed) running.push(node);
      },
      'Program:exit'(): void {
        if (!isFixed) return;
        for (const node of running) context.report({ message, node });
      },
    };
  },
};

const runs = /\bDate\.now\b|\bnew Date\(\)|(?<!\.\.\.)\bsystemClock\b/;
const fixedNumber = /\bDate\.UTC\(20|\bnew Date\(20\d\d,|\b1_?[0-9]{3}_?[0-9]{3}_?[0-9]{3}_?[0-9]{3}\b/;

/** @param texts - a test file, and those under test/ that it imports, directly or not */
export const mayHaveTwoClocks = (texts: readonly string[]): boolean =>
  texts.some((text) => runs.test(text)) && texts.some((text) => fixedNumber.test(text) || holdsInstant(text));
