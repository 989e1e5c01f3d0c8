import { randomUUID } from 'node:crypto';
import { topics } from '@postausgang/contracts';
import { openKafkaLog } from '@postausgang/event-log';
import { foldSuite } from '../suite-fold.ts';
import { eventLogSuite } from '../suite.ts';
import { newTopic, open } from './open-for-test.ts';

/** What every log promises, of a log on these brokers, with a prefix of its topics and without. */
export function sharedSuites(name: string, brokers: readonly string[]): void {
  for (const topicPrefix of ['', 'prefixed.']) {
    eventLogSuite(topicPrefix === '' ? name : `${name} with a topic prefix`, (_t, { topics, onError }) => {
      const definitions = topics.map((topic) => newTopic(topic));
      return openKafkaLog({
        brokers,
        clientId: 'suite',
        topics: definitions,
        createTopics: true,
        topicPrefix,
        onError,
      });
    });
  }
  foldSuite(
    name,
    (test) => open(test, { brokers, topics: Object.values(topics), topicPrefix: `${randomUUID()}.` }),
    20,
  );
}
