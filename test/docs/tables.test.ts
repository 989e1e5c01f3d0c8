import { readFileSync } from 'node:fs';
import { test } from 'tap';
import {
  commandRefusals,
  events,
  failureClassTexts,
  failureTexts,
  findingTexts,
  mailStates,
  problemDefinitions,
  topics,
} from '@postausgang/contracts';
import { configApiVariables } from '../../services/config-api/src/config.ts';
import { mailerServerVariables } from '../../services/mailer/src/config.ts';
import { standaloneVariables } from '../../services/standalone/src/config.ts';
import { markedLists, referenceDocument, referenceFile, referenceLists } from '../tooling/reference-lists.ts';

const read = (name: string) => readFileSync(referenceFile(name), 'utf8');

function sectionOf(document: string, heading: string): string {
  return document.split(/^## /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
}

/** What the rows and items below a heading begin with, in code marks. */
function entriesBelow(document: string, heading: string): readonly string[] {
  const entries = sectionOf(document, heading).matchAll(/^(?:\||-) `([^`]+)`/gm);
  return [...entries].map(([, entry = '']) => entry).toSorted();
}

for (const [name, lists] of Object.entries(referenceLists)) {
  test(`docs/${name} says what the code says (npm run generate:reference writes it)`, async (t) => {
    const document = read(name);
    t.same(markedLists(document), Object.keys(lists), 'has each list once');
    t.equal(document, await referenceDocument(name));
  });
}

test('docs/errors.md has every code, and no other', (t) => {
  const document = read('errors.md');
  const known = {
    Problems: problemDefinitions,
    Findings: findingTexts,
    'Failure classes': failureClassTexts,
    Failures: failureTexts,
  };
  for (const [heading, codes] of Object.entries(known)) {
    t.same(entriesBelow(document, heading), Object.keys(codes).toSorted(), heading);
  }
  t.end();
});

test('docs/events.md has every event and topic, and no other', (t) => {
  const document = read('events.md');
  const types = Object.values(events).map(({ type }) => type);
  t.same(entriesBelow(document, 'Types'), types.toSorted());
  const names = Object.values(topics).map(({ name }) => name);
  t.same(entriesBelow(document, 'Topics'), names.toSorted());
  t.end();
});

test('docs/events.md explains every command and every refusal of one, and no other', (t) => {
  const commands = Object.values(events)
    .filter(({ topic, type }) => topic === 'mailRequests' && type !== events.mailRequested.type)
    .map(({ type }) => type.replace(/^io\.postausgang\.(.*)\.v1$/, '$1'));
  const explained = entriesBelow(read('events.md'), 'Commands');
  t.same(explained, [...commands, ...commandRefusals].toSorted());
  t.end();
});

test('docs/configuration.md has every variable of each process, and no other', (t) => {
  const processes = {
    Standalone: standaloneVariables,
    'config-api': configApiVariables,
    mailer: mailerServerVariables,
  };
  const document = read('configuration.md');
  for (const [heading, { properties }] of Object.entries(processes)) {
    t.same(entriesBelow(document, heading), Object.keys(properties).toSorted(), heading);
  }
  t.end();
});

test('docs/architecture.md draws every state of a mail, and no other', (t) => {
  const [, diagram = ''] = /```mermaid\n([^]*?)```/.exec(read('architecture.md')) ?? [];
  const drawn = [...diagram.matchAll(/^ {2}(\S+) --> (\w+): ([\w-]+)/gm)];
  const states = drawn.flatMap(([, from = '', to = '']) => [from, to]).filter((state) => state !== '[*]');
  const names = new Set(states.map((state) => state.replace('_', '-')));
  t.same([...names].toSorted(), [...mailStates].toSorted());
  const types = new Set<string>(Object.values(events).map(({ type }) => type));
  for (const [arrow, , , event] of drawn) {
    t.ok(types.has(`io.postausgang.${event}.v1`), arrow.trim());
  }
  t.end();
});
