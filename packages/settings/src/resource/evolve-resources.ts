import type { Verdict } from '../verdict.ts';
import { initialState } from './resource-kind.ts';
import type { ResourceKind } from './resource-kind.ts';
import { evolveResource } from './resource-state.ts';
import type { ChangeEvent, ResourceState } from './resource-state.ts';

/** Resource name to resource. The fold changes the map in place; the resources are values. */
export type Resources<Content> = Map<string, ResourceState<Content>>;

/** Folds one event into the resources of its kind. Names that are none of the kind are ignored. Total. */
export function evolveResources<Content>(
  resources: Resources<Content>,
  kind: Pick<ResourceKind<Content, never, never>, 'prefix' | 'initialContent'>,
  event: ChangeEvent<Content>,
): Verdict {
  const { resource } = event.data;
  if (idOf(kind, resource) === undefined) return 'ignored';
  const before = resources.get(resource) ?? initialState(kind, resource);
  const after = evolveResource(before, event);
  if (after === before) return 'conflict';
  resources.set(resource, after);
  return 'accepted';
}

/** The id in a resource name; undefined when the name is none of the kind. */
export function idOf(
  { prefix }: Pick<ResourceKind<unknown, never, never>, 'prefix'>,
  resource: string,
): string | undefined {
  if (!resource.startsWith(prefix)) return undefined;
  const id = resource.slice(prefix.length);
  return id === '' || id.includes('/') ? undefined : id;
}
