import { Value } from '@sinclair/typebox/value';
import { type CloudEvent, type EventData, events } from '@postausgang/contracts';
import { createFormCheck } from '@postausgang/http';

/** What an event about a refused request tells beside the reason. */
export type RefusedParts = Pick<EventData<'mailRefused'>, 'businessReference' | 'metadata' | 'findings'>;

/** Of the fields that every kind of request has. */
const [{ properties }] = events.mailRequested.data.anyOf;

const checks = new Map(
  Object.values(events)
    .filter(({ topic }) => topic === 'mailRequests')
    .map((definition) => [definition.type as string, createFormCheck(definition.data)]),
);

/** What can be told of a request whose data has not the form of its type: its id, its reference, and what is wrong. */
export function readableParts({ type, data }: CloudEvent): RefusedParts & { readonly mailId: string | null } {
  const findings = checks.get(type)?.(data) ?? [];
  const { id, mailId = id, businessReference, metadata } = isObject(data) ? data : {};
  return {
    mailId: Value.Check(properties.id, mailId) ? mailId : null,
    ...(Value.Check(properties.businessReference, businessReference) ? { businessReference } : {}),
    ...(Value.Check(properties.metadata, metadata) ? { metadata } : {}),
    ...(findings.length === 0 ? {} : { findings: findings.slice(0, mostFindings) }),
  };
}

/** The refusal of a record of 40 MiB stays a small record. */
const mostFindings = 20;

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
