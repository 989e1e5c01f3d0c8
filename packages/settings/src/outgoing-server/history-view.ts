import type { Change, Diff, History, OutgoingServerVersion } from '@postausgang/contracts';
import { defaultContent } from './default-content.ts';
import { differences } from './differences.ts';
import { changesOf, changeToVersion, contentOfVersion } from './outgoing-server-state.ts';
import type { OutgoingServerState, SettingsChange } from './outgoing-server-state.ts';
import { versionedView } from './outgoing-server-view.ts';

/** A page of a list, newest first: at most `limit` (≥ 1) entries behind the cursor; null starts at the newest. */
export interface PageRequest {
  readonly cursor: string | null;
  readonly limit: number;
}

/** Who changed what, when and why, newest first. The cursor is a version; one that is none gives an empty page. */
export function historyView(state: OutgoingServerState, { cursor, limit }: PageRequest): History {
  const below = cursor === null ? Infinity : Number(cursor);
  const page = changesOf(state)
    .filter((change) => change.version < below)
    .take(limit)
    .toArray();
  const oldest = page.at(-1);
  const isLastPage = oldest === undefined || oldest.previous === null;
  return { items: page.map(changeView), nextCursor: isLastPage ? null : String(oldest.version) };
}

/** An earlier version as it was, 0 included; undefined when there is no such version. */
export function versionView(state: OutgoingServerState, version: number): OutgoingServerVersion | undefined {
  const content = contentOfVersion(state, version);
  if (content === undefined) return undefined;
  const change = changeToVersion(state, version) ?? null;
  return {
    change: change === null ? null : changeView(change),
    settings: versionedView(state.resource, content, change),
  };
}

/** What differs between two versions, in either direction; undefined when one of them does not exist. */
export function diffView(state: OutgoingServerState, from: number, to: number): Diff | undefined {
  const before = contentOfVersion(state, from);
  const after = contentOfVersion(state, to);
  if (before === undefined || after === undefined) return undefined;
  return { from, to, differences: differences(before, after) };
}

function changeView(change: SettingsChange): Change {
  const { version, changedAt, actor, operation, revertedTo, reason, content, previous } = change;
  return {
    version,
    changedAt,
    changedBy: actor,
    operation,
    revertedTo,
    reason,
    differences: differences(previous?.content ?? defaultContent, content),
  };
}
