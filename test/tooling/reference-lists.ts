/**
 * The lists in docs/ that repeat what the code says: codes with their sentences, events, topics and variables. In the
 * documents they are between two marks, `<!-- generated: name -->` and `<!-- /generated -->`; everything around them is
 * written by hand. A text changes in the code, and `npm run generate:reference` brings it into the document.
 */
import { readFileSync } from 'node:fs';
import {
  classOf,
  consumerGroups,
  events,
  type FailureCode,
  failureClassTexts,
  failureTexts,
  findingTexts,
  principals,
  type ProblemCode,
  problemCodes,
  problemType,
  tokenRefusalTexts,
  topics,
} from '@postausgang/contracts';
import type { TObject, TSchema } from '@sinclair/typebox';
import { format, resolveConfig } from 'prettier';
import { configApiVariables } from '../../services/config-api/src/config.ts';
import {
  authorityRules,
  exchangeCodeRules,
  type ExchangeRule,
  exchangeStatusRules,
  oauthRules,
} from '../../services/mailer/src/judgement/exchange-rules.ts';
import { smtpRules } from '../../services/mailer/src/judgement/smtp-rules.ts';
import { mailerServerVariables } from '../../services/mailer/src/config.ts';
import { standaloneVariables } from '../../services/standalone/src/config.ts';

/** The lists of each document. */
export const referenceLists: Readonly<Record<string, Readonly<Record<string, () => string>>>> = {
  'errors.md': {
    problems: problemList,
    'token refusals': () => textList(tokenRefusalTexts),
    findings: () => textList(findingTexts),
    'failure classes': () => textList(failureClassTexts),
    failures: () => textList(failureTexts, (code) => ` (\`${classOf(code as FailureCode)}\`)`),
  },
  'failures.md': {
    'smtp replies': smtpReplies,
    'exchange errors': () => exchangeAnswers(exchangeCodeRules),
    'exchange statuses': () => exchangeAnswers(exchangeStatusRules),
    'authority errors': () => exchangeAnswers([...authorityRules, ...oauthRules]),
  },
  'kafka.md': { rights: rightsTable, 'acl commands': aclCommands },
  'events.md': { events: eventList, topics: topicTable },
  'configuration.md': {
    'standalone variables': () => variableList(standaloneVariables),
    'config-api variables': () => variableList(configApiVariables),
    'mailer variables': () => variableList(mailerServerVariables),
  },
};

/** Where a document is. */
export function referenceFile(name: string): URL {
  return new URL(`../../docs/${name}`, import.meta.url);
}

/** The names of the lists that a document has marks for. */
export function markedLists(markdown: string): readonly string[] {
  return [...markdown.matchAll(/<!-- generated: (.+) -->/g)].map(([, name = '']) => name);
}

/** The document as it has to be: its own text, with each list written anew from the code. */
export async function referenceDocument(name: string): Promise<string> {
  const file = referenceFile(name);
  const lists = referenceLists[name] ?? {};
  const text = readFileSync(file, 'utf8').replaceAll(
    /(<!-- generated: (.+) -->)[^]*?(<!-- \/generated -->)/g,
    (_all, begin: string, list: string, end: string) => `${begin}\n\n${lists[list]?.() ?? ''}\n\n${end}`,
  );
  return format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
}

/** Each problem with its title, cause and remedy, and the German ones on a line of their own. */
function problemList(): string {
  const texts = problemCodes.map((code) => {
    const { title, cause, remedy } = problemType(code);
    const inLanguage = (language: 'en' | 'de'): string =>
      `${title[language]}. ${cause[language]} ${remedy[language]}`;
    return [code, { en: inLanguage('en'), de: inLanguage('de') }] as const;
  });
  return textList(Object.fromEntries(texts), (code) => {
    const { status, retriable } = problemType(code as ProblemCode);
    return ` (${status}${retriable ? ', retriable' : ''})`;
  });
}

/** The rows of a table of answers of Exchange. */
function exchangeAnswers(rules: readonly ExchangeRule[]): string {
  return rules
    .map(({ code, answers, source }) =>
      item(`\`${code}\` (${classOf(code)}): ${answers.split(' ').join(', ')} (${source})`),
    )
    .join('\n');
}

/** The rows of the table of replies, in its order. */
function smtpReplies(): string {
  return smtpRules
    .map((rule) => {
      const { provider, stages, codes, enhanced, words, code, scope, pause, unspecific, source } = rule;
      const reply = [
        codes === '' ? 'any refusal' : codes.split(' ').join(', '),
        ...(enhanced === ''
          ? []
          : [enhanced === 'none' ? 'without an enhanced code' : enhanced.split(' ').join(', ')]),
        ...(rule.afterAccepted === true ? ['after accepted recipients'] : []),
      ].join('; ');
      const remarks = [
        ...(pause ? ['takes the pause that the reply names'] : []),
        ...(unspecific === true ? ['counts as evidence'] : []),
        source,
      ].join('; ');
      const said = words === null ? '' : `\\\n${wrapped('Words:')} \`${words.source.replaceAll('`', "'")}\``;
      const head = `\`${code}\` (${classOf(code)}, ${scope}): ${provider}, at ${stages.join(', ')}: ${reply} (${remarks})`;
      return `${item(head)}${said}`;
    })
    .join('\n');
}

/** Each code with its English sentence, and the German one on a line of its own. */
function textList(
  texts: Readonly<Record<string, { readonly en: string; readonly de: string }>>,
  remark: (code: string) => string = () => '',
): string {
  return Object.entries(texts)
    .map(
      ([code, { en, de }]) => `${item(`\`${code}\`${remark(code)}: ${en}`)}\\\n${wrapped(`German: ${de}`)}`,
    )
    .join('\n');
}

/** The events by their topics. */
function eventList(): string {
  const all = Object.values(events);
  return Object.entries(topics)
    .map(([name, topic]) => {
      const ofTopic = all.filter((event) => event.topic === name);
      const items = ofTopic.map(({ type, description }) => item(`\`${type}\`: ${description}.`));
      return `In \`${topic.name}\`:\n\n${items.join('\n')}`;
    })
    .join('\n\n');
}

function topicTable(): string {
  const rows = Object.values(topics).map(({ name, key, partitions, cleanup, retentionMs }) => [
    `\`${name}\``,
    key,
    String(partitions),
    cleanup,
    retentionMs === -1 ? 'unlimited' : `${retentionMs / 86_400_000} days`,
  ]);
  return table(['topic', 'key', 'partitions', 'cleanup', 'retention'], rows);
}

/** Who needs which rights on which topics and groups. */
function rightsTable(): string {
  const rows = Object.values(topics).map(({ name, rights }) => [
    `topic \`${name}\``,
    ...principals.map((principal) => rights[principal].join(', ') || 'none'),
  ]);
  const groups = Object.values(consumerGroups).map((name) => [`group \`${name}\``, 'none', 'Read', 'none']);
  return table(['', ...principals], [...rows, ...groups]);
}

/** The same as commands: topics with the same rights share one. */
function aclCommands(): string {
  const ofPrincipal = principals.flatMap((principal) => {
    const byRights = Map.groupBy(Object.values(topics), ({ rights }) => rights[principal].join());
    byRights.delete('');
    return [...byRights].map(([rights, granted]) =>
      aclCommand(
        principal,
        rights.split(','),
        granted.map(({ name }) => `--topic ${name}`),
      ),
    );
  });
  const groups = Object.values(consumerGroups).map((name) => `--group ${name}`);
  return ['```sh', ...ofPrincipal, aclCommand('mailer', ['Read'], groups), '```'].join('\n');
}

function aclCommand(principal: string, rights: readonly string[], resources: readonly string[]): string {
  const operations = rights.map((right) => `--operation ${right}`);
  const head = 'kafka-acls.sh --bootstrap-server broker:9092 --command-config admin.properties --add --force';
  return [`${head} --allow-principal User:${principal}`, ...operations, ...resources].join(' \\\n  ');
}

function variableList({ properties }: TObject): string {
  return Object.entries(properties)
    .map(([name, schema]) => item(`\`${name}\` (${defaultOf(name, schema)}): ${schema.description ?? ''}`))
    .join('\n');
}

const nameOfMachine = 'default: the host name of the machine';
const defaultsByMachine: Readonly<Record<string, string>> = {
  MAILER_ID: nameOfMachine,
  EHLO_NAME: `${nameOfMachine} where it is fully qualified, else empty`,
};

function defaultOf(name: string, schema: TSchema): string {
  if (schema['default'] === undefined) return 'required';
  if (defaultsByMachine[name] !== undefined) return defaultsByMachine[name];
  return schema['default'] === '' ? 'default: empty' : `default \`${String(schema['default'])}\``;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

const lineLength = 118;

const item = (text: string): string => `- ${wrapped(text).trimStart()}`;

/** The words in lines of an item of a list. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = ' ';
  for (const word of text.split(' ')) {
    if (line.length + word.length >= lineLength) {
      lines.push(line);
      line = ' ';
    }
    line += ` ${word}`;
  }
  return [...lines, line].join('\n');
}
