import type { Change, Diff, History } from '@postausgang/contracts';
import { contentOf } from './decide-change.ts';
import type { ResourceKind } from './resource-kind.ts';
import { changesOf } from './resource-state.ts';
import type { ResourceChange, ResourceState } from './resource-state.ts';

/** A page of a list, newest first: at most `limit` (≥ 1) entries behind the cursor; null starts at the newest. */
export interface PageRequest {
  readonly cursor: string | null;
  readonly limit: number;
}

type Kind<Content> = Pick<ResourceKind<Content, never, never>, 'initialContent' | 'differences'>;

/** Who changed what, when and why, newest first. The cursor is a version; one that is none gives an empty page. */
export function resourceHistory<Content>(
  kind: Kind<Content>,
  state: ResourceState<Content>,
  { cursor, limit }: PageRequest,
): History {
  const below = cursor === null ? Infinity : Number(cursor);
  const page = changesOf(state)
    .filter((change) => change.version < below)
    .take(limit)
    .toArray();
  const oldest = page.at(-1);
  const isLastPage = oldest === undefined || oldest.previous === null;
  return {
    items: page.map((change) => resourceChange(kind, change)),
    nextCursor: isLastPage ? null : String(oldest.version),
  };
}

/** What differs between two versions, in either direction; undefined when one of them does not exist. */
export function resourceDiff<Content>(
  kind: Kind<Content>,
  state: ResourceState<Content>,
  from: number,
  to: number,
): Diff | undefined {
  const before = contentOf(kind, state, from);
  const after = contentOf(kind, state, to);
  if (before === undefined || after === undefined) return undefined;
  return { from, to, differences: kind.differences(before, after) };
}

/** A change as the history shows it. */
export function resourceChange<Content>(kind: Kind<Content>, change: ResourceChange<Content>): Change {
  const { version, changedAt, actor, operation, revertedTo, reason, content, previous } = change;
  return {
    version,
    changedAt,
    changedBy: actor,
    operation,
    revertedTo,
    reason,
    differences: kind.differences(previous?.content ?? kind.initialContent, content),
  };
}
