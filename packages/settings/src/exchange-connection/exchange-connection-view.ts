import type {
  ApplyStatus,
  ExchangeConnectionContent,
  ExchangeConnectionVersion,
  ExchangeConnectionView,
} from '@postausgang/contracts';
import type { References } from '../references.ts';
import { changeToVersion, contentOf, resourceChange, type ResourceChange } from '../resource.ts';
import { exchangeConnectionKind, type ExchangeConnectionState } from './exchange-connection-kind.ts';
import { validateConnection } from './validate-connection.ts';

/** The connection as GET answers it; undefined while there is none. `applied`: null while nothing uses it. */
export function exchangeConnectionView(
  { resource, content, latestChange }: ExchangeConnectionState,
  references: References,
  applied: ApplyStatus | null,
): ExchangeConnectionView | undefined {
  if (content === null || latestChange === null) return undefined;
  return { ...versionedView(resource, content, latestChange, references), applied };
}

/** An earlier version as it was; undefined when there is no such version. */
export function exchangeConnectionVersion(
  state: ExchangeConnectionState,
  version: number,
  references: References,
): ExchangeConnectionVersion | undefined {
  const content = contentOf(exchangeConnectionKind, state, version);
  if (content === undefined) return undefined;
  const change = changeToVersion(state, version) ?? null;
  if (change === null) return { change: null, connection: null };
  return {
    change: resourceChange(exchangeConnectionKind, change),
    connection: content === null ? null : versionedView(state.resource, content, change, references),
  };
}

function versionedView(
  resource: string,
  content: ExchangeConnectionContent,
  { version, changedAt, actor }: ResourceChange<ExchangeConnectionContent | null>,
  references: References,
): Omit<ExchangeConnectionView, 'applied'> {
  const { clientSecret, password, ...fields } = content;
  return {
    id: resource.slice(exchangeConnectionKind.prefix.length),
    version,
    ...fields,
    clientSecretSet: clientSecret !== null,
    clientSecretSetAt: clientSecret?.setAt ?? null,
    passwordSet: password !== null,
    passwordSetAt: password?.setAt ?? null,
    warnings: validateConnection(content, references),
    usedBy: [...references.usersOf(resource)],
    updatedAt: changedAt,
    updatedBy: actor.name,
  };
}
