import { call } from '../../api/client.ts';
import type { CertificateView } from '../../api/operations.ts';
import { useLive } from '../../live.ts';
import type { Option } from '../../parts/controls.ts';
import { useLoaded } from '../../use-loaded.ts';
import { help } from './texts.ts';

/** What can be chosen from elsewhere. */
export interface Choices {
  readonly connections: readonly Option[];
  /** Certificates of ours, with a private key. */
  readonly own: readonly Option[];
  readonly trusted: readonly Option[];
}

const option = ({ id, name }: { readonly id: string; readonly name: string }): Option => ({
  value: id,
  label: name,
});

async function load(): Promise<Choices> {
  const [connections, certificates] = await Promise.all([
    call('listExchangeConnections', {}),
    call('listCertificates', {}),
  ]);
  const ofKind = (kind: CertificateView['kind']): readonly Option[] =>
    certificates.data.items.filter((one) => one.kind === kind).map(option);
  return { connections: connections.data.items.map(option), own: ofKind('own'), trusted: ofKind('trusted') };
}

export function useChoices(): Choices {
  const { data, reload } = useLoaded('choices', load);
  useLive(['exchange-connection-changed', 'certificate-changed'], reload);
  return data ?? { connections: [], own: [], trusted: [] };
}

/** The options, none before them, and the chosen one even if it is not among them. */
export function withNone(options: readonly Option[], chosen: string): readonly Option[] {
  const t = help();
  const isThere = chosen === '' || options.some(({ value }) => value === chosen);
  const missing = isThere ? [] : [{ value: chosen, label: t.unknownChoice(chosen) }];
  return [{ value: '', label: t.none }, ...options, ...missing];
}
