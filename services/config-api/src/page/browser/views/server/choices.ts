import { call } from '../../api/client.ts';
import type { Option } from '../../parts/controls.ts';
import { useLoaded } from '../../use-loaded.ts';
import { help } from './texts.ts';

/** What can be chosen from elsewhere. */
export interface Choices {
  readonly connections: readonly Option[];
}

export function useChoices(): Choices {
  const { data } = useLoaded(
    'connections',
    async () => (await call('listExchangeConnections', {})).data.items,
  );
  return { connections: (data ?? []).map(({ id, name }) => ({ value: id, label: name })) };
}

/** The options, none before them, and the chosen one even if it is not among them. */
export function withNone(options: readonly Option[], chosen: string): readonly Option[] {
  const t = help();
  const isThere = chosen === '' || options.some(({ value }) => value === chosen);
  const missing = isThere ? [] : [{ value: chosen, label: t.unknownChoice(chosen) }];
  return [{ value: '', label: t.none }, ...options, ...missing];
}
