import { createHash } from 'node:crypto';
import type { PageFiles } from './page-files.ts';

export type PageLanguage = 'de' | 'en';

/** The document, and the policy that holds for it. */
export interface PageDocument {
  readonly html: string;
  readonly contentSecurityPolicy: string;
}

const withoutScript: Readonly<Record<PageLanguage, string>> = {
  de: 'Diese Seite braucht JavaScript. Alles, was sie kann, kann auch die',
  en: 'This page needs JavaScript. Whatever it can do, so can the',
};

/**
 * Everything comes from here. The only inline script is the import map, named in the policy by the hash of the exact
 * text; Trusted Types forbid to make script or markup out of text, and no policy may be created that allows it.
 */
export function pageDocument({ prefix, files, libraries }: PageFiles, language: PageLanguage): PageDocument {
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
<div id="page"><noscript><p>${withoutScript[language]} <a href="/docs">API</a>.</p></noscript></div>
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
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}
