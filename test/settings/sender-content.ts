import type { Address, EventData, SenderContent } from '@postausgang/contracts';
import { createSenderBook, type SenderBook, type SenderRules } from '@postausgang/settings';
import { evolveSenders } from '../../packages/settings/src/senders.ts';
import { anna, eventOf } from './fixture.ts';

/** An active sender for the department `accounting`. */
export const senderContent = (more: Partial<SenderContent> = {}): SenderContent => ({
  name: 'Accounting',
  address: 'accounting@acme.example',
  active: true,
  for: { kind: 'department', key: 'accounting', branch: null },
  replyTo: [],
  copyToSender: 'inherit',
  alwaysCopyTo: [],
  priority: null,
  smimeCertificateId: null,
  mailbox: null,
  source: null,
  ...more,
});

export const senderChange = (
  id: string,
  expectedVersion: number,
  content: SenderContent | null,
): EventData<'senderChanged'> => ({
  resource: `senders/${id}`,
  expectedVersion,
  operation: content === null ? 'delete' : 'put',
  revertedTo: null,
  content,
  actor: anna,
  reason: null,
});

/** Rules under which everybody may send as anybody. */
export const everySender = (defaultSender: Address): SenderRules => ({
  policy: { kind: 'any', domains: [] },
  defaultSender,
  senders: createSenderBook(),
});

/** Senders by their ids. */
export function senderBook(senders: Readonly<Record<string, SenderContent>>): SenderBook {
  const book = createSenderBook();
  for (const [id, content] of Object.entries(senders)) {
    evolveSenders(book, eventOf('senderChanged', senderChange(id, 0, content)));
  }
  return book;
}
