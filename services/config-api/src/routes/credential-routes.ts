import { CredentialListSchema } from '@postausgang/contracts';
import type { HttpServer } from '@postausgang/http-server';
import { credentialsOf } from '@postausgang/settings';
import type { RouteContext } from './route-context.ts';

const listSchema = {
  operationId: 'listCredentials',
  summary: 'Certificates and client secrets, the first to expire first',
  description:
    'Sixty, thirty, seven days and one day before the end there is an event `credential-expiring` too.',
  tags: ['certificates'],
  response: { 200: CredentialListSchema },
};

/** What expires some day. */
export function addCredentialRoutes(app: HttpServer, { store, now }: RouteContext): void {
  const config = { scopes: ['settings:read'] } as const;
  app.get('/credentials', { schema: listSchema, config }, async () => ({
    items: [...credentialsOf(store.state, now().getTime())],
  }));
}
