import swaggerUi from '@fastify/swagger-ui';
import type { HttpServer } from '../server-type.ts';

const prefix = '/docs';

/** Everything comes from here: no fonts, validators or specifications of others, and no inline script. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The routes of the page come from a plugin, so they cannot keep the rules for routes. */
export function isSwaggerUiRoute({ url }: { readonly url?: string | undefined }): boolean {
  return url === prefix || url?.startsWith(`${prefix}/`) === true;
}

/** Swagger UI at `/docs`. The key typed into "Authorize" stays in the page and is gone when it is left. */
export async function addSwaggerUi(app: HttpServer, title: string): Promise<void> {
  await app.register(swaggerUi, {
    routePrefix: prefix,
    staticCSP: contentSecurityPolicy,
    theme: { title },
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      displayRequestDuration: true,
      persistAuthorization: false,
      tryItOutEnabled: true,
    },
  });
}
