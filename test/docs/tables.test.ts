import { readFileSync } from 'node:fs';
import { test } from 'tap';
import {
  classOf,
  commandRefusals,
  events,
  type FailureCode,
  failureClassTexts,
  failureTexts,
  findingTexts,
  problemDefinitions,
  topics,
} from '@postausgang/contracts';
import type { TSchema } from '@sinclair/typebox';
import { configApiVariables } from '../../services/config-api/src/config.ts';
import { mailerServerVariables } from '../../services/mailer/src/config.ts';
import { standaloneVariables } from '../../services/standalone/src/config.ts';

const read = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');

/** The rows of the tables below a heading, as lists of cells without code marks. */
function rowsBelow(document: string, heading: string): string[][] {
  const section = document.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
}

const sorted = (rows: readonly (readonly string[])[]) => rows.map((row) => row.join(' | ')).toSorted();

test('docs/errors.md has every code with its sentences, and no other', async (t) => {
  const document = read('errors.md');
  const problems = Object.entries(problemDefinitions).map(([code, { status, retriable, title }]) => [
    code,
    String(status),
    retriable ? 'yes' : 'no',
    title,
  ]);
  t.same(sorted(rowsBelow(document, 'Problems')), sorted(problems));
  const texts = (table: Readonly<Record<string, { en: string; de: string }>>) =>
    Object.entries(table).map(([code, { en, de }]) => [code, en, de]);
  t.same(sorted(rowsBelow(document, 'Findings')), sorted(texts(findingTexts)));
  const failures = texts(failureTexts).map(([code = '', ...sentences]) => [
    code,
    classOf(code as FailureCode),
    ...sentences,
  ]);
  t.same(sorted(rowsBelow(document, 'Failures')), sorted(failures));
  t.same(sorted(rowsBelow(document, 'Failure classes')), sorted(texts(failureClassTexts)));
});

test('docs/events.md has every event and topic, and no other', async (t) => {
  const document = read('events.md');
  const rows = document
    .split('\n')
    .filter((line) => line.startsWith('| `io.postausgang.'))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  const known = Object.values(events).map(({ type, topic, description }) => [
    type,
    topics[topic].name,
    description,
  ]);
  t.same(sorted(rows), sorted(known));
  const days = (milliseconds: number) =>
    milliseconds === -1 ? 'for ever' : `${milliseconds / 86_400_000} days`;
  const knownTopics = Object.values(topics).map(({ name, key, partitions, cleanup, retentionMs }) => [
    name,
    key,
    String(partitions),
    cleanup,
    days(retentionMs),
  ]);
  t.same(sorted(rowsBelow(document, 'Topics')), sorted(knownTopics));
});

test('docs/events.md explains every refusal of a command, and no other', (t) => {
  const codes = rowsBelow(read('events.md'), 'Asking something of a mail')
    .map(([code = '']) => code)
    .filter((code) => !code.endsWith('-requested'));
  t.same(codes.toSorted(), commandRefusals.toSorted());
  t.end();
});

const machineName = new Set(['MAILER_ID', 'EHLO_NAME']);

function defaultOf(name: string, schema: TSchema): string {
  if (schema['default'] === undefined) return 'required';
  if (machineName.has(name)) return 'host name of the machine';
  return schema['default'] === '' ? 'empty' : String(schema['default']);
}

test('docs/configuration.md has every variable of each process with its default, and no other', async (t) => {
  const processes = {
    Standalone: standaloneVariables,
    'config-api': configApiVariables,
    mailer: mailerServerVariables,
  };
  const document = read('configuration.md');
  for (const [heading, { properties }] of Object.entries(processes)) {
    const known = Object.entries(properties).map(([name, schema]) => {
      return [name, defaultOf(name, schema), (schema.description ?? '').replaceAll('`', '')];
    });
    t.same(sorted(rowsBelow(document, heading)), sorted(known), heading);
  }
});
