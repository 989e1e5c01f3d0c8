/*
 * Where the `type` of a problem leads: `/problems/{code}` says what the code means, and `/problems` lists all codes. Both
 * answer JSON, or a page where the client prefers HTML. They describe the product, not the installation, so they are as
 * open as its documentation. The pages need neither script nor style, and their links are relative: see `base-path.ts`.
 */
import {
  type ProblemCode,
  problemCodes,
  problemType,
  type ProblemType,
  ProblemTypeListSchema,
  ProblemTypeSchema,
} from '@postausgang/contracts';
import { type TSchema, Type } from '@sinclair/typebox';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { type Language, preferredLanguage, prefersHtml } from './headers.ts';
import type { HttpPlugin } from './plugin.ts';
import { ProblemError } from './problems.ts';
import { openable } from './routes.ts';

const contentSecurityPolicy =
  "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const jsonOrPage = (description: string, schema: TSchema) => ({
  200: {
    description,
    content: {
      'application/json': { schema },
      'text/html': { schema: Type.String({ description: 'A page in the language of Accept-Language' }) },
    },
  },
});

const description =
  'Title, cause and remedy in German and English. A client that prefers `text/html` gets a page in the language of ' +
  'Accept-Language.';

const listSchema = {
  operationId: 'listProblems',
  summary: 'List the problem codes',
  description,
  tags: ['operations'],
  response: jsonOrPage('Every problem that the API can answer with', ProblemTypeListSchema),
};

const problemSchema = {
  operationId: 'getProblem',
  summary: 'Explain a problem code',
  description: `The \`type\` of a problem leads here. ${description}`,
  tags: ['operations'],
  params: Type.Object({
    code: Type.String({ description: 'Code of a problem', examples: ['settings-invalid'] }),
  }),
  response: jsonOrPage('What the code means', ProblemTypeSchema),
};

/** `/problems` and `/problems/{code}`. */
export const problemPages: HttpPlugin<{ readonly isOpen: boolean }> = async (app, { isOpen }) => {
  const config = openable(isOpen);
  const typeOf = (code: ProblemCode): ProblemType => {
    const { type, ...meaning } = problemType(code);
    return { type: `${app.basePath}${type}`, ...meaning };
  };

  app.get('/problems', { config, schema: listSchema }, async (request, reply) => {
    const items = problemCodes.map(typeOf);
    return answer(request, reply, { items }, (language) => listPage(items, language));
  });

  app.get(
    '/problems/:code',
    { config: { ...config, problems: ['not-found'] }, schema: problemSchema },
    async (request, reply) => {
      const code = problemCodes.find((one) => one === request.params.code);
      if (code === undefined) throw new ProblemError('not-found', { detail: 'There is no such problem.' });
      const type = typeOf(code);
      return answer(request, reply, type, (language) => problemPage(type, language));
    },
  );
};

/** Sends the value as JSON, or the page where the client would rather have HTML. */
function answer(
  request: FastifyRequest,
  reply: FastifyReply,
  value: object,
  draw: (language: Language) => string,
): FastifyReply {
  reply.header('vary', 'accept, accept-language');
  if (!prefersHtml(request)) return reply.type('application/json; charset=utf-8').send(value);
  const language = preferredLanguage(request);
  reply.headers({ 'content-security-policy': contentSecurityPolicy, 'content-language': language });
  return reply.type('text/html; charset=utf-8').send(Buffer.from(draw(language)));
}

const labels = {
  de: {
    list: 'Probleme',
    cause: 'Ursache',
    remedy: 'Was Sie tun können',
    code: 'Code',
    status: 'HTTP-Status',
    retriable: 'Dieselbe Anfrage kann später gelingen',
    yes: 'Ja',
    no: 'Nein',
    all: 'Alle Probleme',
  },
  en: {
    list: 'Problems',
    cause: 'Cause',
    remedy: 'What you can do',
    code: 'Code',
    status: 'HTTP status',
    retriable: 'The same request may succeed later',
    yes: 'Yes',
    no: 'No',
    all: 'All problems',
  },
} as const satisfies Record<Language, Readonly<Record<string, string>>>;

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escaped = (text: string): string => text.replaceAll(/[&<>"']/g, (one) => entities[one] ?? one);

/** The page about one problem. All its texts are escaped here. */
export function problemPage(
  { code, status, retriable, title, cause, remedy }: ProblemType,
  language: Language,
): string {
  const label = labels[language];
  return page(
    language,
    title[language],
    `<h2>${label.cause}</h2>
<p>${escaped(cause[language])}</p>
<h2>${label.remedy}</h2>
<p>${escaped(remedy[language])}</p>
<dl>
<dt>${label.code}</dt><dd><code>${escaped(code)}</code></dd>
<dt>${label.status}</dt><dd>${status}</dd>
<dt>${label.retriable}</dt><dd>${retriable ? label.yes : label.no}</dd>
</dl>
<p><a href="../problems">${label.all}</a></p>`,
  );
}

function listPage(items: readonly ProblemType[], language: Language): string {
  const rows = items.map(
    ({ code, title }) =>
      `<li><a href="problems/${encodeURIComponent(code)}">${escaped(title[language])}</a> <code>${escaped(code)}</code></li>`,
  );
  return page(language, labels[language].list, `<ul>\n${rows.join('\n')}\n</ul>`);
}

/** A whole document. The title is text, the content is markup. */
function page(language: Language, title: string, content: string): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(title)} · Postausgang</title>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${content}
</main>
</body>
</html>
`;
}
