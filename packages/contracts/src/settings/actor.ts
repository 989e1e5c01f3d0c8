import { type Static, Type } from '@sinclair/typebox';
import { Line, StringEnum } from '../schema-helpers.ts';

/** Who did something: an API key, a person known by a token, or the service itself. */
export const ActorSchema = Type.Object({
  kind: StringEnum(['api-key', 'token', 'system']),
  id: Line(200),
  name: Line(200),
});
export type Actor = Static<typeof ActorSchema>;
