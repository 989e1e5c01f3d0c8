import type { Verdict } from '@postausgang/settings';
import type {
  ChangeData,
  ResourceKind,
  Resources,
  ResourceState,
  SettingsState,
} from '@postausgang/settings';
import { initialState } from '@postausgang/settings';
import type { SettingsStore } from './settings-store.ts';

/** A kind of resource, where it lies in the settings, and the event that changes it. */
export interface Subject<Content, Put, Patch> {
  readonly kind: ResourceKind<Content, Put, Patch>;
  /** All resources of the kind, the deleted ones too. */
  readonly all: (settings: SettingsState) => Resources<Content>;
  readonly write: (
    store: SettingsStore,
    data: ChangeData<Content>,
    event: { readonly id: string; readonly time: string },
  ) => Promise<Verdict>;
}

/** A resource as it is now; one that was never saved is in its initial state. */
export function stateOf<Content, Put, Patch>(
  { kind, all }: Pick<Subject<Content, Put, Patch>, 'kind' | 'all'>,
  { state }: Pick<SettingsStore, 'state'>,
  resource: string,
): ResourceState<Content> {
  return all(state).get(resource) ?? initialState(kind, resource);
}
