/*
 * Senders: the fold of their changes, and what is found in it by what somebody knows: whom a sender is for, or its address.
 *
 * Two services can each make a sender active for the same department at once; neither event conflicts with the other. Both
 * count, and whoever looks takes the one with the smaller name. So every reader of the log takes the same one.
 */
import {
  finding,
  type Finding,
  findingAbout,
  type SenderContent,
  senderFields,
  type SenderFor,
  type SenderPatch,
  type SenderPut,
  type SenderVersion,
  type SenderView,
} from '@postausgang/contracts';
import { createFieldKind } from './field-kind.ts';
import { addressMatchKey, isCertified } from './formats.ts';
import type { References } from './references.ts';
import {
  type ChangeEvent,
  evolveResources,
  type PageRequest,
  type ResourceChange,
  type ResourceKind,
  type Resources,
  type ResourceState,
  type Verdict,
  versionAt,
} from './resource.ts';

/** A sender; its content is null before its creation and after its deletion. */
export type SenderState = ResourceState<SenderContent | null>;

/** All senders, and the names of those that exist by what they are found by. The fold changes it in place. */
export interface SenderBook {
  /** The deleted ones too: their history stays. */
  readonly resources: Resources<SenderContent | null>;
  readonly byUse: Map<string, ReadonlySet<string>>;
  readonly byAddress: Map<string, ReadonlySet<string>>;
}

const sender = createFieldKind({
  prefix: 'senders/',
  table: senderFields,
  judgesUnused: false,
  destinationOf: () => ({ kind: 'none' }),
  grants: {},
  checks: {
    '/for/key': (content, { activeSender, self }) => {
      const other = content.active ? activeSender(content.for, self) : undefined;
      return other === undefined ? [] : [findingAbout('/for/key', 'sender-duplicate', nameOf(other))];
    },
    '/smimeCertificateId': ({ smimeCertificateId, address }, { certificate }) => {
      const addresses = certificate(smimeCertificateId ?? '')?.details?.addresses ?? [];
      return isCertified(address, addresses)
        ? []
        : [finding('/smimeCertificateId', 'certificate-address-mismatch')];
    },
  },
});

/** Senders. What is saved can be used, whether it is active or not. */
export const senderKind: ResourceKind<SenderContent | null, SenderPut, SenderPatch> = {
  ...sender,
  initialContent: null,
  isJudged: () => true,
};

export function createSenderBook(): SenderBook {
  return { resources: new Map(), byUse: new Map(), byAddress: new Map() };
}

/** Folds a change of a sender. Total. */
export function evolveSenders(book: SenderBook, event: ChangeEvent<unknown>): Verdict {
  const { resource } = event.data;
  const before = book.resources.get(resource)?.content ?? null;
  const verdict = evolveResources(book.resources, senderKind, event);
  if (verdict === 'accepted') {
    index(book, resource, before, book.resources.get(resource)?.content ?? null);
  }
  return verdict;
}

/** The active sender for somebody, but not the one named `except`. */
export function activeSenderFor(
  { resources, byUse }: SenderBook,
  use: SenderFor,
  except: string | null = null,
): SenderState | undefined {
  return firstOf(resources, byUse.get(useKey(use) ?? ''), except);
}

/** All active senders for somebody, the one that counts first. */
export function activeSendersFor({ resources, byUse }: SenderBook, use: SenderFor): readonly SenderState[] {
  return [...(byUse.get(useKey(use) ?? '') ?? [])].toSorted().flatMap((name) => {
    const found = resources.get(name);
    return found?.content?.active === true ? [found] : [];
  });
}

/** Whether there is a sender for somebody, active or not. */
export function isKnownUse({ byUse }: SenderBook, use: SenderFor): boolean {
  return byUse.has(useKey(use) ?? '');
}

/** The active sender with an address, but not the one named `except`. */
export function activeSenderWith(
  { resources, byAddress }: SenderBook,
  address: string,
  except: string | null = null,
): SenderState | undefined {
  return firstOf(resources, byAddress.get(addressMatchKey(address)), except);
}

/** All active senders with an address. */
export function activeSendersWith(
  { resources, byAddress }: SenderBook,
  address: string,
): readonly SenderState[] {
  return [...(byAddress.get(addressMatchKey(address)) ?? [])].flatMap((name) => {
    const found = resources.get(name);
    return found?.content?.active === true ? [found] : [];
  });
}

/** Whether there is any active sender. */
export function hasActiveSender({ resources }: SenderBook): boolean {
  return resources.values().some(({ content }) => content?.active === true);
}

function firstOf(
  resources: SenderBook['resources'],
  names: ReadonlySet<string> | undefined,
  except: string | null,
): SenderState | undefined {
  const isActive = (name: string): boolean => resources.get(name)?.content?.active === true;
  const [first] = [...(names ?? [])].filter((name) => name !== except && isActive(name)).toSorted();
  return first === undefined ? undefined : resources.get(first);
}

/** No key and no name contains a control character, and none sorts before it. */
const separator = '\u0000';

/** Undefined for a sender that is for nobody in particular. The branch counts only where a sender can be for a part of it. */
export function useKey({ kind, key, branch }: SenderFor): string | undefined {
  if (kind === null || key === null) return undefined;
  const isAtBranch = kind === 'employee' || kind === 'department';
  return [kind, key, isAtBranch ? (branch ?? '') : ''].join(separator);
}

function index(
  { byUse, byAddress }: SenderBook,
  resource: string,
  before: SenderContent | null,
  after: SenderContent | null,
): void {
  for (const content of [before, after]) {
    if (content === null) continue;
    const change = content === after ? added : removed;
    const use = useKey(content.for);
    if (use !== undefined) change(byUse, use, resource);
    change(byAddress, addressMatchKey(content.address), resource);
  }
}

function added(names: Map<string, ReadonlySet<string>>, key: string, resource: string): void {
  const present = names.get(key);
  names.set(key, present === undefined ? new Set([resource]) : new Set([...present, resource]));
}

function removed(names: Map<string, ReadonlySet<string>>, key: string, resource: string): void {
  const left = [...(names.get(key) ?? [])].filter((name) => name !== resource);
  if (left.length === 0) names.delete(key);
  else names.set(key, new Set(left));
}

function nameOf({ resource, content }: SenderState): { readonly resource: string; readonly name: string } {
  return { resource, name: content?.name ?? '' };
}

/** The id in the name of a sender. */
export function senderId({ resource }: Pick<SenderState, 'resource'>): string {
  return resource.slice(senderKind.prefix.length);
}

/** The sender as GET answers it; undefined while there is none. */
export function senderView(
  { resource, content, latestChange }: SenderState,
  references: References,
): SenderView | undefined {
  return content === null || latestChange === null
    ? undefined
    : versionedView(resource, content, latestChange, references);
}

/** An earlier version as it was; undefined when there is no such version. */
export function senderVersion(
  state: SenderState,
  version: number,
  references: References,
): SenderVersion | undefined {
  const at = versionAt(senderKind, state, version);
  if (at === undefined) return undefined;
  const { content, change, shown } = at;
  const isThere = content !== null && change !== null;
  return {
    change: shown,
    sender: isThere ? versionedView(state.resource, content, change, references) : null,
  };
}

function versionedView(
  resource: string,
  content: SenderContent,
  { version, changedAt, actor }: ResourceChange<SenderContent | null>,
  references: References,
): SenderView {
  const id = senderId({ resource });
  const check = references.senderCheck(id, version);
  return {
    id,
    version,
    ...sender.viewOf(content),
    warnings: [
      ...sender.validate(content, { ...references, self: resource }),
      ...sharedAddress(resource, content, references),
      ...(check.state === 'refused' ? [finding('/address', 'sender-refused')] : []),
    ],
    usedBy: [...references.usersOf(resource)],
    check,
    updatedAt: changedAt,
    updatedBy: actor.name,
  };
}

/** Two departments may share an address. It is unusual enough to be told. */
function sharedAddress(
  resource: string,
  { active, address }: SenderContent,
  { senderWith }: References,
): readonly Finding[] {
  const other = active ? senderWith(address, resource) : undefined;
  return other === undefined ? [] : [findingAbout('/address', 'sender-address-shared', nameOf(other))];
}

/** Which senders a list shows. */
export interface SenderFilter {
  /** In the name, the address or the key, without case. */
  readonly text?: string | undefined;
  readonly source?: string | undefined;
  readonly active?: boolean | undefined;
}

interface FoundSenders {
  readonly items: readonly SenderState[];
  /** How many senders the filter matches on all pages. */
  readonly total: number;
  readonly nextCursor: string | null;
}

/**
 * The senders that a filter matches, by name, page by page. The cursor is the place of a sender in that order, so a page
 * continues there even if that sender has been deleted or renamed.
 */
export function findSenders(
  { resources }: SenderBook,
  filter: SenderFilter,
  { cursor, limit }: PageRequest,
): FoundSenders {
  const text = filter.text?.toLowerCase() ?? '';
  const matches = ({ name, address, for: use, source, active }: SenderContent): boolean =>
    (filter.source === undefined || filter.source === source) &&
    (filter.active === undefined || filter.active === active) &&
    [name, address, use.key ?? ''].some((one) => one.toLowerCase().includes(text));
  const found = [...resources.values()]
    .filter(({ content }) => content !== null && matches(content))
    .map((state) => ({ state, place: placeInList(state) }));
  const behind = found
    .filter(({ place }) => cursor === null || place > cursor)
    .toSorted((a, b) => (a.place < b.place ? -1 : 1));
  const page = behind.slice(0, limit);
  return {
    items: page.map(({ state }) => state),
    total: found.length,
    nextCursor: behind.length > limit ? (page.at(-1)?.place ?? null) : null,
  };
}

/** Compared by code units: the same order for every reader, and fast with many. No two senders have the same place. */
function placeInList({ resource, content }: SenderState): string {
  return `${content?.name ?? ''}${separator}${senderId({ resource })}`;
}
