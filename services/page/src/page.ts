/*
 * The settings page: one document at `/`, and its files below `/page/<hash of all files>/`. This plugin is the only export
 * of the workspace. It serves files and knows nothing about settings: the code in the browser asks the API for everything
 * it shows. The files are read on the first request; if one cannot be read or stripped, that request fails, not the start.
 */
import { createHash } from 'node:crypto';
import { type HttpReply, type HttpRequest, type HttpServer, ProblemError } from '@postausgang/http';
import { Type } from '@sinclair/typebox';
import { loadPageFiles, type PageFiles } from './page-files.ts';

type PageLanguage = 'de' | 'en';

/** The document and its Content-Security-Policy. */
interface PageDocument {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

interface Page {
  readonly files: PageFiles;
  readonly documents: Readonly<Record<PageLanguage, PageDocument>>;
}

const forEver = 'public, max-age=31536000, immutable';

/** The Fastify plugin that serves the page. Register it without a prefix. */
export async function settingsPage(app: HttpServer): Promise<void> {
  let loading: Promise<Page> | undefined;
  const page = (): Promise<Page> => (loading ??= load());

  app.get('/', { schema: describe('getPage'), config: { scopes: 'public' } }, async (request, reply) => {
    const { files, documents } = await page();
    const language = languageOf(request);
    const { html, contentSecurityPolicy } = documents[language];
    const etag = `"${files.prefix.slice('/page/'.length)}-${language}"`;
    reply.headers({
      etag,
      'content-security-policy': contentSecurityPolicy,
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), microphone=(), geolocation=()',
      'cache-control': 'no-cache',
      vary: 'accept-language',
    });
    if (request.headers['if-none-match'] === etag) return reply.code(304).send(null);
    return reply.type('text/html; charset=utf-8').send(Buffer.from(html));
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

async function load(): Promise<Page> {
  const files = await loadPageFiles();
  return { files, documents: { de: pageDocument(files, 'de'), en: pageDocument(files, 'en') } };
}

/** The first language of the browser that the page supports; English if there is none. */
function languageOf({ headers }: HttpRequest): PageLanguage {
  const wanted = (headers['accept-language'] ?? '').toLowerCase().split(',');
  const known = wanted.map((one) => one.trim().slice(0, 2)).find((one) => one === 'de' || one === 'en');
  return known === 'de' ? 'de' : 'en';
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

const withoutScript: Readonly<Record<PageLanguage, string>> = {
  de: 'Diese Seite braucht JavaScript. Alles, was sie kann, kann auch die',
  en: 'This page needs JavaScript. Everything it does is also available through the',
};

/**
 * Everything is loaded from this origin, by relative addresses: a proxy may publish the page below a path of its own. The only inline script is the import map; the policy names the hash of its exact
 * text. Trusted Types prevent text from becoming script or markup, and no policy that allows it can be created.
 */
function pageDocument(page: PageFiles, language: PageLanguage): PageDocument {
  const { files, libraries } = page;
  const prefix = `.${page.prefix}`;
  const urls = Object.entries(libraries).map(([name, path]) => [name, `${prefix}/${path}`]);
  const importMap = JSON.stringify({ imports: Object.fromEntries(urls) });
  const modules = [...files.keys()].filter((path) => /\.(ts|js)$/.test(path));
  const preloads = modules.map((path) => `<link rel="modulepreload" href="${prefix}/${path}">`);
  const html = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Postausgang</title>
<link rel="icon" href="${prefix}/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${prefix}/style.css">
<script type="importmap">${importMap}</script>
${preloads.join('\n')}
<script type="module" src="${prefix}/main.ts"></script>
</head>
<body>
<div id="page"><noscript><p>${withoutScript[language]} <a href="./docs">API</a>.</p></noscript></div>
</body>
</html>
`;
  return { html, contentSecurityPolicy: policy(createHash('sha256').update(importMap).digest('base64')) };
}

function policy(importMapHash: string): string {
  return [
    "default-src 'none'",
    `script-src 'self' 'sha256-${importMapHash}'`,
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
}
