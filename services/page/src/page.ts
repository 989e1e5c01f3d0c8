/*
 * The settings page: one document at `/`, and its files below `/page/<hash of all files>/`. This plugin is the only export
 * of the workspace. It serves files and knows nothing about settings: the code in the browser asks the API for everything
 * it shows. The files are joined on the first request; if one cannot be read, that request fails, not the start.
 */
import {
  type AccountOffer,
  type HttpReply,
  type HttpRequest,
  type HttpServer,
  type Language,
  preferredLanguage,
  ProblemError,
} from '@postausgang/http';
import { Type } from '@sinclair/typebox';
import { loadPageFiles, type PageFiles } from './page-files.ts';

interface Page {
  readonly files: PageFiles;
  readonly documents: Readonly<Record<Language, string>>;
}

const forEver = 'public, max-age=31536000, immutable';

/** The Fastify plugin that serves the page. Register it without a prefix. */
export async function settingsPage(app: HttpServer): Promise<void> {
  let loading: Promise<Page> | undefined;
  const page = (): Promise<Page> => (loading ??= load(app.accountOffer));

  app.get('/', { schema: describe('getPage'), config: { scopes: 'public' } }, async (request, reply) => {
    const { files, documents } = await page();
    const language = preferredLanguage(request);
    const etag = `"${files.prefix.slice('/page/'.length)}-${app.accountOffer}-${language}"`;
    reply.headers({
      etag,
      'content-security-policy': contentSecurityPolicy,
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
      'cache-control': 'no-cache',
      vary: 'accept-language',
    });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send(null);
    return reply.type('text/html; charset=utf-8').send(Buffer.from(documents[language]));
  });

  app.get(
    '/page/*',
    { schema: describe('getPageFile'), config: { scopes: 'public', problems: ['not-found'] } },
    async (request, reply) => {
      const { files } = await page();
      return sendFile(files, request, reply);
    },
  );
}

function describe(operationId: string) {
  return {
    hide: true,
    operationId,
    summary: 'A part of the settings page',
    tags: ['page'],
    response: {
      200: Type.Unsafe<Buffer>({ description: 'As its media type says' }),
      304: Type.Null({ description: 'Not modified' }),
    },
  };
}

async function load(offer: AccountOffer): Promise<Page> {
  const files = await loadPageFiles();
  const documentIn = (language: Language): string => pageDocument(files.prefix, language, offer);
  return { files, documents: { de: documentIn('de'), en: documentIn('en') } };
}

function sendFile({ prefix, files }: PageFiles, request: HttpRequest, reply: HttpReply): HttpReply {
  const [path = ''] = request.url.split('?');
  const file = path.startsWith(`${prefix}/`) ? files.get(path.slice(prefix.length + 1)) : undefined;
  if (file === undefined) throw new ProblemError('not-found', { detail: 'The page has no such file.' });
  const accepted = request.headers['accept-encoding'] ?? '';
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : undefined;
  if (encoding !== undefined) reply.header('content-encoding', encoding);
  reply.headers({ 'cache-control': forEver, vary: 'accept-encoding' });
  return reply.type(file.type).send(file[encoding ?? 'identity']);
}

const withoutScript: Readonly<Record<Language, string>> = {
  de: 'Diese Seite braucht JavaScript. Alles, was sie kann, kann auch die',
  en: 'This page needs JavaScript. Everything it does is also available through the',
};

/**
 * Everything is loaded from this origin, by relative addresses: a proxy may publish the page below a path of its own. How people sign
 * in stands in the document, so that the sign-in needs no request for it.
 */
function pageDocument(prefix: string, language: Language, offer: AccountOffer): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="account-sign-in" content="${offer}">
<title>Postausgang</title>
<link rel="icon" href=".${prefix}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href=".${prefix}/style.css">
<script type="module" src=".${prefix}/main.js"></script>
</head>
<body>
<div id="page"><noscript><p>${withoutScript[language]} <a href="./docs">API</a>.</p></noscript></div>
</body>
</html>
`;
}

/** Trusted Types prevent text from becoming script or markup, and no policy that allows it can be created. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');
