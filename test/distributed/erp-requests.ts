import { events, topics } from '@postausgang/contracts';
import kafkajs from 'kafkajs';
import { connectClient } from '../event-log/kafka/foreign-client.ts';
import type { TestBrokers } from './test-brokers.ts';

const requests = topics.mailRequests.name;

/** Writes to the topic of requests as an ERP module does. Returns the ids of the mails. */
export async function writeAsErp({ brokers, topicPrefix }: TestBrokers): Promise<readonly string[]> {
  const mail = (id: string) => ({
    id,
    from: { address: 'rechnung@acme.example' },
    to: [{ address: 'kunde@example.com' }],
    subject: 'Rechnung aus der ERP',
    text: 'Anbei.',
  });
  const attributes = (id: string, name: 'mailRequested' | 'mailHoldRequested') => ({
    specversion: '1.0',
    id: `erp-${id}`,
    type: events[name].type,
    source: '/erp/billing',
    time: new Date().toISOString(),
  });
  const binary = (id: string, name: 'mailRequested' | 'mailHoldRequested', data: object, key = id) => ({
    key,
    value: JSON.stringify(data),
    headers: Object.fromEntries(
      Object.entries(attributes(id, name)).map(([attribute, value]) => [`ce_${attribute}`, value]),
    ),
  });
  const structured = {
    key: 'erp-structured',
    headers: { 'content-type': 'application/cloudevents+json' },
    value: JSON.stringify({
      ...attributes('erp-structured', 'mailRequested'),
      data: mail('erp-structured'),
    }),
  };
  const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
  const messages = [
    structured,
    binary('erp-binary', 'mailRequested', mail('erp-binary')),
    binary('erp-held', 'mailRequested', { ...mail('erp-held'), sendAt: tomorrow }),
    binary('erp-hold', 'mailHoldRequested', { mailId: 'erp-held', reason: 'Storno?' }, 'erp-held'),
    binary('erp-invalid', 'mailRequested', { id: 'erp-invalid', to: 'kunde' }),
    { key: 'erp-nonsense', value: 'no mail at all' },
  ];
  const producer = connectClient(brokers).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  await producer.send({ topic: topicPrefix + requests, messages });
  await producer.disconnect();
  return ['erp-structured', 'erp-binary', 'erp-held'];
}
