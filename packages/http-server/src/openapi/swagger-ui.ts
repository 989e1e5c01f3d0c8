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

/** The key typed into "Authorize" stays in the page and is gone when it is left. */
export function swaggerUiOptions(routePrefix: string, title: string) {
  return {
    routePrefix,
    staticCSP: contentSecurityPolicy,
    theme: { title },
    uiConfig: {
      layout: 'BaseLayout',
      docExpansion: 'list',
      displayRequestDuration: true,
      persistAuthorization: false,
      tryItOutEnabled: true,
    },
  } as const;
}
