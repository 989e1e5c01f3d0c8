import { type HttpReply, type HttpRequest, type HttpServer, ProblemError } from '@postausgang/http';
import { Type } from '@sinclair/typebox';
import { type PageDocument, pageDocument, type PageLanguage } from './page-document.ts';
import { loadPageFiles, type PageFiles } from './page-files.ts';

interface Page {
  readonly files: PageFiles;
  readonly documents: Readonly<Record<PageLanguage, PageDocument>>;
}

const forEver = 'public, max-age=31536000, immutable';

/** The settings page at `/`. Its files are read when the first person comes. */
export function addPageRoutes(app: HttpServer): void {
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

/** The first language the browser asks for that we speak; English where there is none. */
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
