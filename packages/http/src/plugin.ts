import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type {
  FastifyBaseLogger,
  FastifyInstance,
  FastifyPluginAsync,
  RawReplyDefaultExpression,
  RawRequestDefaultExpression,
  RawServerDefault,
} from 'fastify';
import fastifyPlugin from 'fastify-plugin';

/** A Fastify instance whose routes take their types from their TypeBox schemas. */
export type HttpServer = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

/** A plugin of such a server. What it adds stays with its own routes. */
export type HttpPlugin<Options extends object> = FastifyPluginAsync<
  Options,
  RawServerDefault,
  TypeBoxTypeProvider
>;

/** A plugin whose hooks and decorators apply to the whole server. `dependencies` are registered before it. */
export function serverPlugin<Options extends object>(
  name: string,
  dependencies: readonly string[],
  plugin: HttpPlugin<Options>,
): HttpPlugin<Options> {
  return fastifyPlugin<
    Options,
    RawServerDefault,
    TypeBoxTypeProvider,
    FastifyBaseLogger,
    HttpPlugin<Options>
  >(plugin, { name, dependencies: [...dependencies], fastify: '5.x' });
}
