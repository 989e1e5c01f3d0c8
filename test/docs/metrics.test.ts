import { execFile } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { addProcessMetrics } from '../../packages/http/src/operations.ts';
import { Registry } from 'prom-client';
import { test } from 'tap';
import { parse } from 'yaml';
import { requirePeer } from '../peers/peer.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');
const found = (text: string, pattern: RegExp): readonly string[] =>
  [...new Set([...text.matchAll(pattern)].map(([, name = '']) => name))].toSorted();

const sources = globSync('{packages,services}/*/src/**/*.ts', { cwd: root }).map(read).join('\n');
const inCode = found(sources, /'(postausgang_[a-z_]+)'/g);
const alerts = 'deploy/observability/alerts.yaml';
const dashboard = 'deploy/observability/dashboard.json';

test('docs/metrics.md has every metric, and no other', (t) => {
  t.ok(inCode.length > 15);
  t.same(found(read('docs/metrics.md'), /^- `(postausgang_[a-z_]+)`/gm), inCode);
  t.end();
});

/** The names that Prometheus has of a metric: a histogram has three. */
const known = new Set(
  inCode.flatMap((name) => [name, ...['_bucket', '_count', '_sum'].map((end) => name + end)]),
);

function expressionsOf(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === 'expr' && typeof value === 'string' ? [value] : expressionsOf(value),
  );
}

test('the alert rules and the dashboard name metrics that exist', async (t) => {
  const registry = new Registry();
  addProcessMetrics(registry, 'test');
  const ofProcess = registry.getMetricsAsArray().map(({ name }) => name);
  for (const [file, content] of [
    [alerts, parse(read(alerts))],
    [dashboard, JSON.parse(read(dashboard))],
  ]) {
    const expressions = expressionsOf(content);
    t.ok(expressions.length > 8, file);
    const named = found(expressions.join('\n'), /\b((?:postausgang|process|nodejs)_[a-z_]+)\b/g);
    t.same(
      named.filter((name) => !known.has(name) && !ofProcess.includes(name)),
      [],
      file,
    );
  }
});

test('Prometheus takes the alert rules', async (t) => {
  if (!requirePeer(t, 'promtool')) return;
  const { stdout } = await promisify(execFile)('promtool', ['check', 'rules', root + alerts]);
  t.match(stdout, /SUCCESS: \d+ rules found/);
});
