/** The brokers that are still the most common ones: all that a log promises, on Apache Kafka 3.9. */
import { t } from 'tap';
import { startKafka } from '../../peers/kafka/kafka.ts';
import { requirePeer } from '../../peers/peer.ts';
import { recordScenarios } from './record-scenarios.ts';
import { sharedSuites } from './shared-suites.ts';
import { topicScenarios } from './topic-scenarios.ts';

if (requirePeer(t, 'kafka-3')) {
  const settings = { 'log.retention.hours': '72' };
  const kafka = await startKafka({ release: 3, settings });
  t.teardown(kafka.stop);
  const { brokers } = kafka;
  sharedSuites('kafka 3', brokers);
  topicScenarios(brokers);
  recordScenarios(brokers, kafka.logDirectory());
}
