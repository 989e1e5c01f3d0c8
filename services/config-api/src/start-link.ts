/*
 * The link of the first start: whoever sits at the machine of a new installation becomes its first person without
 * looking for a file. It ends with a token that only this process knows, counts once, within an hour, from the machine
 * itself, and only while nobody but the key of the first start can administer.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { Type } from '@sinclair/typebox';
import { closed, CreatedApiKeySchema, Line } from '@postausgang/contracts';
import { type HttpPlugin, ProblemError, withHeaders } from '@postausgang/http';
import { hasAdministrator } from '@postausgang/settings';
import type { RouteContext } from './config-api.ts';
import { appendProblems } from './routes/resource-change.ts';
import { locationHeader, withExamples } from './routes/schemas.ts';

export interface StartLinks {
  /** The token of a new link, which takes the place of an earlier one; undefined where somebody administers already. */
  open(): string | undefined;
  /** Makes something for whoever has the token. It counts again when that fails. Throws `start-link-invalid`. */
  use<Made>(token: string, make: () => Promise<Made>): Promise<Made>;
}

const lifetimeMs = 60 * 60 * 1000;
const tokenBytes = 32;

export function createStartLinks({ store, now }: Pick<RouteContext, 'store' | 'now'>): StartLinks {
  let current: { readonly digest: Buffer; readonly endsAtMs: number } | undefined;
  const isAdministered = (): boolean => hasAdministrator(store.state.apiKeys, now().getTime());
  return {
    open() {
      if (isAdministered()) return undefined;
      const token = randomBytes(tokenBytes).toString('base64url');
      current = { digest: digestOf(token), endsAtMs: now().getTime() + lifetimeMs };
      return token;
    },
    async use(token, make) {
      const link = current;
      const counts = link !== undefined && timingSafeEqual(link.digest, digestOf(token));
      if (!counts || now().getTime() >= link.endsAtMs || isAdministered()) {
        throw new ProblemError('start-link-invalid');
      }
      current = undefined;
      try {
        return await make();
      } catch (error) {
        current = link;
        throw error;
      }
    },
  };
}

function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Whether a request comes from this machine, and not through a proxy on it. */
function isFromThisMachine({ socket, headers }: Pick<IncomingMessage, 'socket' | 'headers'>): boolean {
  const { remoteAddress = '' } = socket;
  const address = isIPv6(remoteAddress) ? remoteAddress.replace(/^::ffff:/i, '') : remoteAddress;
  const isForwarded = headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined;
  return !isForwarded && (address === '::1' || address.startsWith('127.'));
}

const FirstPersonSchema = Type.Object(
  {
    token: Line(100, { minLength: 1, writeOnly: true, description: 'What the printed link ends with' }),
    name: Line(200, { minLength: 1, description: 'Shown in the history of everything the person changes' }),
  },
  { ...closed, $id: 'FirstPerson' },
);

const schema = {
  operationId: 'createFirstPerson',
  summary: 'Become the first person of a new installation',
  description:
    'For the link that the standalone service prints at its start while nobody else can administer. It counts once, for an ' +
    'hour, and from the machine of the service only. The answer has an admin key, which is shown only here.',
  tags: ['session'],
  body: withExamples(FirstPersonSchema, { token: 'the end of the printed link', name: 'Anna Berger' }),
  response: { 201: withHeaders(CreatedApiKeySchema, locationHeader) },
};
const problems = ['start-link-invalid', 'request-invalid', ...appendProblems] as const;

export const firstPersonRoutes: HttpPlugin<RouteContext> = async (app, { startLinks, apiKeys }) => {
  const options = { schema, config: { scopes: 'public', problems }, bodyLimit: 4 * 1024 } as const;
  app.post('/first-person', options, async (request, reply) => {
    const { token, name } = request.body;
    if (!isFromThisMachine(request.raw)) throw new ProblemError('start-link-invalid');
    const created = await startLinks.use(token, () => apiKeys.createFirst(name));
    return reply.code(201).header('location', `/v1/api-keys/${created.id}`).send(created);
  });
};
