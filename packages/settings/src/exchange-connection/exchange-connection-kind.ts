import type {
  Difference,
  ExchangeConnectionContent,
  ExchangeConnectionPatch,
  ExchangeConnectionPut,
  Finding,
} from '@postausgang/contracts';
import { noReferences, type References } from '../references.ts';
import {
  type ContentPlan,
  plainDifferences,
  type PlainValues,
  type ResourceKind,
  type ResourceState,
  secretDifference,
} from '../resource.ts';
import { defaultConnection, planConnectionPatch, planConnectionPut } from './exchange-plan.ts';
import { clientSecretPointer, exchangePasswordPointer } from './exchange-secrets.ts';
import { validateConnection } from './validate-connection.ts';

/** An Exchange connection; its content is null before its creation and after its deletion. */
export type ExchangeConnectionState = ResourceState<ExchangeConnectionContent | null>;

/** Exchange connections. What is saved can be used: there is no half-finished one. */
export const exchangeConnectionKind: ResourceKind<
  ExchangeConnectionContent | null,
  ExchangeConnectionPut,
  ExchangeConnectionPatch
> = {
  prefix: 'exchange-connections/',
  initialContent: null,
  secretPointers: [clientSecretPointer, exchangePasswordPointer],
  planPut: planConnectionPut,
  planPatch: planConnectionPatch,
  findingsOf: findingsOfConnection,
  differences,
  withSecret: (content, pointer, secret) =>
    pointer === clientSecretPointer ? { ...content, clientSecret: secret } : { ...content, password: secret },
};

/** Everything that keeps a planned connection from being used, its new secrets included. */
export function findingsOfConnection(
  { content, newSecrets, findings }: ContentPlan<ExchangeConnectionContent>,
  references: References = noReferences,
): readonly Finding[] {
  const answered = new Set(findings.map(({ pointer }) => pointer));
  for (const { binding } of newSecrets) answered.add(binding.field);
  const inContent = validateConnection(content, references);
  return [...findings, ...inContent.filter(({ pointer }) => !answered.has(pointer))];
}

function differences(
  from: ExchangeConnectionContent | null,
  to: ExchangeConnectionContent | null,
): Difference[] {
  return [
    ...plainDifferences(plainValues(from), plainValues(to)),
    ...secretDifference(clientSecretPointer, from?.clientSecret, to?.clientSecret),
    ...secretDifference(exchangePasswordPointer, from?.password, to?.password),
  ];
}

function plainValues(content: ExchangeConnectionContent | null): PlainValues {
  if (content === null) return new Map();
  const fields = new Map<string, unknown>(Object.entries(content));
  return new Map(
    Object.keys(defaultConnection)
      .filter((name) => name !== 'clientSecret' && name !== 'password')
      .map((name) => [`/${name}`, fields.get(name)]),
  );
}
