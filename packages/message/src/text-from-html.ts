/*
 * The text of HTML, for programs and people that read no HTML. It is made in one pass over what the parser finds: no tree
 * is built, so deep nesting costs nothing. How much markup there may be is looked at before.
 */
import { Parser } from 'htmlparser2';

const maxChars = 512 * 1024;
const maxMarkup = 5000;

/** Whether making a text of this HTML would take longer than other mail should wait. */
export function isTooMuchHtml(html: string): boolean {
  if (html.length > maxChars) return true;
  let markup = 0;
  for (let at = html.indexOf('<'); at !== -1; at = html.indexOf('<', at + 1)) markup += 1;
  return markup > maxMarkup;
}

/** Elements whose content is not shown. */
const unseen = new Set(['head', 'script', 'style', 'template', 'title']);
/** How many line ends separate an element from what is around it. */
const lineEnds: ReadonlyMap<string, number> = new Map([
  ...['p', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'table', 'blockquote', 'pre', 'hr'].map(
    (name) => [name, 2] as const,
  ),
  ...[
    'div',
    'tr',
    'li',
    'dt',
    'dd',
    'address',
    'article',
    'section',
    'header',
    'footer',
    'main',
    'center',
  ].map((name) => [name, 1] as const),
]);
const cells = new Set(['td', 'th']);
const linkForm = /^(?:https?|mailto|tel):/i;

interface Writing {
  text: string;
  /** Line ends that are due before the next text. */
  due: number;
  /** What separates the next text from the last one on the same line. */
  gap: string;
  /** Text that comes before the next one, on its line. */
  lead: string;
  /** How many unseen and how many preformatted elements are open. */
  unseen: number;
  preformatted: number;
  /** Of each open list the number of its last entry; null: it is not numbered. */
  readonly lists: (number | null)[];
  /** Where the open link leads and where its text began. Links do not nest. */
  link: { readonly href: string; readonly start: number } | null;
}

/**
 * Paragraphs, lists, rows of tables, and where links lead. The same for the same HTML.
 *
 * @returns lines with line feeds between them, no white space at either end
 */
export function textFromHtml(html: string): string {
  const writing: Writing = {
    text: '',
    due: 0,
    gap: '',
    lead: '',
    unseen: 0,
    preformatted: 0,
    lists: [],
    link: null,
  };
  const parser = new Parser({
    onopentag: (name, attributes) => open(writing, name, attributes),
    ontext: (text) => write(writing, text),
    onclosetag: (name) => closed(writing, name),
  });
  parser.end(html);
  return writing.text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
}

function open(writing: Writing, name: string, attributes: Readonly<Record<string, string>>): void {
  if (unseen.has(name)) writing.unseen += 1;
  if (writing.unseen > 0) return;
  separate(writing, name);
  if (cells.has(name)) writing.gap = '  ';
  switch (name) {
    case 'br':
      writing.due = Math.min(writing.due + 1, 2);
      break;
    case 'hr':
      add(writing, '-----');
      writing.due = 2;
      break;
    case 'img':
      write(writing, attributes['alt'] ?? '');
      break;
    case 'pre':
      writing.preformatted += 1;
      break;
    case 'ul':
    case 'ol':
      writing.lists.push(name === 'ol' ? 0 : null);
      break;
    case 'li':
      writing.lead = entryMark(writing.lists);
      break;
    case 'a':
      writing.link = { href: attributes['href'] ?? '', start: writing.text.length };
      break;
    default:
  }
}

function closed(writing: Writing, name: string): void {
  if (writing.unseen > 0) {
    if (unseen.has(name)) writing.unseen -= 1;
    return;
  }
  if (name === 'a') endLink(writing);
  if (name === 'pre') writing.preformatted -= 1;
  if (name === 'ul' || name === 'ol') writing.lists.pop();
  separate(writing, name);
}

/** A list within a list is no paragraph of its own. */
function separate(writing: Writing, name: string): void {
  const wanted = lineEnds.get(name) ?? 0;
  const isInner = writing.lists.length > 0 && (name === 'ul' || name === 'ol');
  writing.due = Math.max(writing.due, isInner ? Math.min(wanted, 1) : wanted);
}

const maxIndent = 10;

function entryMark(lists: (number | null)[]): string {
  const last = lists.length - 1;
  const count = lists[last];
  if (typeof count === 'number') lists[last] = count + 1;
  const indent = '  '.repeat(Math.min(Math.max(last, 0), maxIndent));
  return `${indent}${typeof count === 'number' ? `${count + 1}.` : '-'} `;
}

function endLink(writing: Writing): void {
  const { link, text } = writing;
  writing.link = null;
  if (link === null || !linkForm.test(link.href)) return;
  const target = link.href.replace(/^(?:mailto|tel):/i, '');
  const mostShown = link.href.length + 10;
  const shown = text.length - link.start > mostShown ? text.slice(-mostShown) : text.slice(link.start).trim();
  if (shown === target || shown === link.href) return;
  writing.gap = shown === '' ? writing.gap : ' ';
  add(writing, `<${target}>`);
}

const anySpace = /[\s\u00a0]+/g;

function write(writing: Writing, text: string): void {
  if (writing.unseen > 0) return;
  if (writing.preformatted > 0) return add(writing, text.replaceAll(/\r\n?/g, '\n'));
  const words = text.replaceAll(anySpace, ' ');
  const trimmed = words.trim();
  if (words.startsWith(' ') && writing.gap === '') writing.gap = ' ';
  if (trimmed === '') return;
  add(writing, trimmed);
  writing.gap = words.endsWith(' ') ? ' ' : '';
}

function add(writing: Writing, text: string): void {
  const isFirst = writing.text === '';
  const isNewLine = isFirst || writing.due > 0;
  writing.text += `${isFirst ? '' : '\n'.repeat(writing.due)}${isNewLine ? writing.lead : writing.gap}${text}`;
  writing.due = 0;
  writing.gap = '';
  writing.lead = '';
}
