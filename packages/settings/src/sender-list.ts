/*
 * The list of senders that an ERP keeps. It says what there is, not what has changed: who is in it is active, and who is not
 * any more is deactivated. Deletion stays with people.
 *
 * An entry is recognized by whom it is for, and by its address where it is for nobody in particular. What an entry does not
 * name is left to whoever keeps the rest by hand, such as a certificate. Pure: nothing is written here, and a list with any
 * mistake changes nothing.
 */
import { createHash } from 'node:crypto';
import {
  type Actor,
  finding,
  type Finding,
  type SenderContent,
  type SenderListEntry,
  type SenderPatch,
} from '@postausgang/contracts';
import { addressMatchKey } from './formats.ts';
import type { References } from './references.ts';
import { type ChangeData, initialState } from './resource.ts';
import { activeSendersFor, type SenderBook, senderKind, type SenderState, useKey } from './senders.ts';

/** A list as it came, and who has sent it. */
export interface SenderListCommand {
  /** The name of the list. */
  readonly source: string;
  readonly entries: readonly SenderListEntry[];
  readonly actor: Actor;
  readonly reason: string | null;
}

/** The change of one sender, with everything that its event holds. */
export interface SenderListChange {
  readonly what: 'created' | 'changed' | 'deactivated';
  readonly data: ChangeData<SenderContent>;
}

/** What becomes of a list: all its mistakes, or all its changes. */
export type SenderListDecision =
  | { readonly outcome: 'refused'; readonly findings: readonly Finding[] }
  | {
      readonly outcome: 'planned';
      readonly changes: readonly SenderListChange[];
      /** How many senders of the list are as they should be. */
      readonly unchanged: number;
    };

type ExistingSender = SenderState & { readonly content: SenderContent };

/** Compares a list with the senders there are. */
export function decideSenderList(
  book: SenderBook,
  command: SenderListCommand,
  references: References,
): SenderListDecision {
  const own = ownSenders(book, command.source);
  const identities = command.entries.map(identityOf);
  const repeats = repeatedEntries(identities);
  const judged = { ...references, activeSender: othersThan(book, command.source) };
  const planned = command.entries.map((entry, index) => {
    const identity = identities[index] ?? '';
    const state = own.get(identity) ?? newSender(book, command.source, identity);
    return planEntry(state, entry, { command, references: judged, pointer: `/senders/${index}` });
  });
  const findings = [...repeats, ...planned.flatMap((one) => one.findings)];
  if (findings.length > 0) return { outcome: 'refused', findings };
  const listed = new Set(planned.map(({ resource }) => resource));
  const changes = [
    ...planned.flatMap(({ change }) => change ?? []),
    ...[...book.resources.values()]
      .filter(isExisting)
      .filter(({ resource, content }) => isOwnAndActive(content, command.source) && !listed.has(resource))
      .map((state) => changed('deactivated', state, { ...state.content, active: false }, command)),
  ];
  const unchanged = planned.filter(({ change }) => change === undefined).length;
  return { outcome: 'planned', changes, unchanged };
}

function isExisting(state: SenderState): state is ExistingSender {
  return state.content !== null;
}

function isOwnAndActive({ source, active }: SenderContent, list: string): boolean {
  return source === list && active;
}

/** By whom, or by which address, an entry and its sender are known to each other. */
function identityOf({ for: use, address }: Pick<SenderListEntry, 'for' | 'address'>): string {
  const { kind = null, key = null, branch = null } = use ?? {};
  const known = useKey({ kind, key, branch });
  return known === undefined ? `address ${addressMatchKey(address)}` : `for ${known}`;
}

/** The senders of a list. Of two for the same, made by hand, it keeps the active one, then the one with the smaller name. */
function ownSenders({ resources }: SenderBook, source: string): ReadonlyMap<string, ExistingSender> {
  const own = new Map<string, ExistingSender>();
  const rank = ({ content, resource }: ExistingSender): string => `${content.active ? 0 : 1} ${resource}`;
  for (const state of resources.values()) {
    if (!isExisting(state) || state.content.source !== source) continue;
    const identity = identityOf(state.content);
    const other = own.get(identity);
    if (other === undefined || rank(state) < rank(other)) own.set(identity, state);
  }
  return own;
}

/** The name follows from list and entry: two services that take the same list at once make the same senders. */
function newSender({ resources }: SenderBook, source: string, identity: string): SenderState {
  for (let attempt = 0; ; attempt += 1) {
    const digest = createHash('sha256')
      .update(JSON.stringify([source, identity, attempt]))
      .digest('hex');
    const resource = `${senderKind.prefix}${digest.slice(0, 32)}`;
    if (!resources.has(resource)) return initialState(senderKind, resource);
  }
}

function repeatedEntries(identities: readonly string[]): readonly Finding[] {
  const seen = new Set<string>();
  return identities.flatMap((identity, index) => {
    const isRepeat = seen.has(identity);
    seen.add(identity);
    const field = identity.startsWith('for ') ? 'for/key' : 'address';
    return isRepeat ? [finding(`/senders/${index}/${field}`, 'duplicate-entry')] : [];
  });
}

/** Senders of the list itself are replaced by it, so only those of others are in its way. */
function othersThan(book: SenderBook, source: string): References['activeSender'] {
  return (use) => activeSendersFor(book, use).find(({ content }) => content?.source !== source);
}

interface EntryContext {
  readonly command: SenderListCommand;
  readonly references: References;
  /** Where the entry is in the list. */
  readonly pointer: string;
}

interface PlannedEntry {
  readonly resource: string;
  readonly findings: readonly Finding[];
  /** Undefined: the sender is as the entry says. */
  readonly change?: SenderListChange;
}

function planEntry(
  state: SenderState,
  entry: SenderListEntry,
  { command, references, pointer }: EntryContext,
): PlannedEntry {
  const { resource } = state;
  const isNew = !isExisting(state);
  // Nearly all senders of a list are as it says, and a patch of what is saved already changes nothing.
  if (!isNew && isAsSaid(entry, state.content)) return { resource, findings: [] };
  const body = bodyOf(entry, command.source);
  const plan = isNew ? senderKind.planPut(body, state) : senderKind.planPatch(body, state);
  if (senderKind.differences(state.content, plan.content).length === 0) return { resource, findings: [] };
  // What the entry does not name is not the list's to mend.
  const isNamed = ({ pointer: at }: Finding): boolean => Object.hasOwn(body, at.split('/')[1] ?? '');
  const findings = senderKind.findingsOf(plan, { ...references, self: resource }).filter(isNamed);
  if (findings.length > 0) {
    return { resource, findings: findings.map((one) => ({ ...one, pointer: `${pointer}${one.pointer}` })) };
  }
  return { resource, findings, change: changed(isNew ? 'created' : 'changed', state, plan.content, command) };
}

function isAsSaid(entry: SenderListEntry, content: SenderContent): boolean {
  const { kind = null, key = null, branch = null } = entry.for ?? {};
  const { for: use, active } = content;
  if (use.kind !== kind || use.key !== key || use.branch !== branch || active !== (entry.active ?? true)) {
    return false;
  }
  return Object.entries(entry).every(
    ([name, value]) => name === 'for' || isSame(value, Reflect.get(content, name)),
  );
}

/** Of two objects that are written in another order nothing is said: then the plan tells. */
function isSame(one: unknown, other: unknown): boolean {
  return one === other || (typeof one === 'object' && JSON.stringify(one) === JSON.stringify(other));
}

/** Whoever is in the list is active unless the entry says otherwise, and for nobody in particular unless it says for whom. */
function bodyOf(entry: SenderListEntry, source: string): SenderListEntry & SenderPatch {
  const { active = true, for: use } = entry;
  const { kind = null, key = null, branch = null } = use ?? {};
  return { ...entry, active, for: { kind, key, branch }, source };
}

function changed(
  what: SenderListChange['what'],
  { resource, version: expectedVersion }: SenderState,
  content: SenderContent,
  { actor, reason }: SenderListCommand,
): SenderListChange {
  const operation = what === 'created' ? 'create' : 'patch';
  return {
    what,
    data: { resource, expectedVersion, operation, revertedTo: null, actor, reason, content },
  };
}
