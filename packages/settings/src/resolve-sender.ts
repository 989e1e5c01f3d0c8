/*
 * Who sends: from what a request names to one sender. A function of the senders and the request alone, so every reader of
 * the log comes to the same result.
 */
import { type Address, type SenderQuery, type SenderRule, type TriedSender } from '@postausgang/contracts';
import { activeSenderFor, isKnownUse, type SenderBook, senderKind, type SenderState } from './senders.ts';

export interface SenderResolution {
  readonly rule: SenderRule;
  /** The sender that counts; null where the request says the address itself, and for the default sender. */
  readonly sender: SenderState | null;
  /** Everything that was looked for, in its order. */
  readonly tried: readonly TriedSender[];
  /** The request is strict, and what it names first leads to no sender. */
  readonly isRefused: boolean;
}

type Candidate = Pick<TriedSender, 'rule' | 'key' | 'branch'>;

/** What a query names, the most specific first. */
function candidatesOf({ id, employee, department, branch, purpose }: SenderQuery): readonly Candidate[] {
  const at = (rule: SenderRule, key: string | undefined, where: string | null = null): Candidate[] =>
    key === undefined ? [] : [{ rule, key, branch: where }];
  const atBranch = (rule: SenderRule, key: string | undefined): Candidate[] =>
    branch === undefined ? [] : at(rule, key, branch);
  return [
    ...at('id', id),
    ...atBranch('employee-at-branch', employee),
    ...at('employee', employee),
    ...atBranch('department-at-branch', department),
    ...at('department', department),
    ...at('branch', branch),
    ...at('purpose', purpose),
  ];
}

/** The kind of sender behind each rule that looks for a key. */
const kindOf = {
  'employee-at-branch': 'employee',
  employee: 'employee',
  'department-at-branch': 'department',
  department: 'department',
  branch: 'branch',
  purpose: 'purpose',
} as const satisfies Partial<Record<SenderRule, string>>;

function isKeyed(rule: SenderRule): rule is keyof typeof kindOf {
  return rule in kindOf;
}

/** Rules of one group look for the same thing, at a branch or everywhere. */
function groupOf(rule: SenderRule): string {
  return isKeyed(rule) ? kindOf[rule] : rule;
}

/**
 * The sender of a request, by the first of these that leads to an active one: `from`, ID, employee at the branch, employee,
 * department at the branch, department, branch, purpose, the default sender. A key that nobody knows is passed over. Under
 * `strict` the resolution is refused unless what the query names first has led to a sender. Total.
 */
export function resolveSender(
  book: SenderBook,
  query: SenderQuery | null | undefined,
  from: Address | null | undefined,
): SenderResolution {
  if (from !== null && from !== undefined)
    return { rule: 'explicit', sender: null, tried: [], isRefused: false };
  const candidates = candidatesOf(query ?? {});
  const tried: TriedSender[] = [];
  for (const candidate of candidates) {
    const { found, result } = look(book, candidate);
    tried.push({ ...candidate, result });
    if (found !== undefined) {
      const isOther = groupOf(candidate.rule) !== groupOf(candidates[0]?.rule ?? candidate.rule);
      return { rule: candidate.rule, sender: found, tried, isRefused: query?.strict === true && isOther };
    }
  }
  return { rule: 'default', sender: null, tried, isRefused: query?.strict === true && tried.length > 0 };
}

function look(
  book: SenderBook,
  { rule, key, branch }: Candidate,
): { readonly found: SenderState | undefined; readonly result: TriedSender['result'] } {
  if (!isKeyed(rule)) {
    const named = book.resources.get(`${senderKind.prefix}${key}`);
    if (named === undefined || named.content === null) return { found: undefined, result: 'unknown' };
    return named.content.active
      ? { found: named, result: 'found' }
      : { found: undefined, result: 'inactive' };
  }
  const use = { kind: kindOf[rule], key, branch };
  const found = activeSenderFor(book, use);
  if (found !== undefined) return { found, result: 'found' };
  return { found, result: isKnownUse(book, use) ? 'inactive' : 'unknown' };
}
