import type { TSchema } from '@sinclair/typebox';
import type { TopicName } from '../topics.ts';

/** An event type: its CloudEvents type name (reverse DNS, past tense, major version), its topic, its data. */
export interface EventDefinition<Type extends string = string, Data extends TSchema = TSchema> {
  readonly type: Type;
  readonly topic: TopicName;
  readonly data: Data;
  readonly description: string;
}

export function defineEvent<const Type extends string, Data extends TSchema>(
  definition: EventDefinition<Type, Data>,
): EventDefinition<Type, Data> {
  return definition;
}
