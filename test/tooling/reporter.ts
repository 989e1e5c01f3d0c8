/**
 * tap's reporter for this repository: a line per file, every failure in full, the sentences of what was skipped,
 * and a last line that is always `N passed, N failed` or `N passed, N failed, N skipped` (see test-tally.ts).
 */
import { Transform, type TransformCallback } from 'node:stream';
import { inspect } from 'node:util';
import { Parser, type Result } from 'tap-parser';
import { countTests, createTally, type Failure, type Tally } from './test-tally.ts';

const indent = (text: string): string => text.replace(/^(?=.)/gm, '    ');

function describeField([name, value]: [string, unknown]): string {
  if (typeof value === 'string' && value.includes('\n')) {
    return `${name}:\n${indent(value.trimEnd())}`;
  }
  return `${name}: ${inspect(value, { depth: null, maxArrayLength: null, maxStringLength: null })}`;
}

function describeFailure({ path, diagnostics }: Failure): string {
  const fields = Object.entries(diagnostics ?? {}).map(describeField);
  return `FAILED ${path.join(' › ')}\n${indent(fields.join('\n'))}\n`;
}

function describeSkips(skips: Tally['skips']): string {
  const lines = [...skips].map(([why, count]) => `SKIPPED ${String(count)} × ${why}`);
  return lines.join('\n');
}

function describeCounts({ passed, failed, skipped }: Tally): string {
  const counts = `${String(passed)} passed, ${String(failed)} failed`;
  return skipped === 0 ? counts : `${counts}, ${String(skipped)} skipped`;
}

export function describeEnd(tally: Tally): string {
  const parts = [...tally.failures.map(describeFailure), describeSkips(tally.skips), describeCounts(tally)];
  return `\n${parts.filter((part) => part !== '').join('\n')}\n`;
}

function describeFile({ ok, name, time }: Result, output: string): string {
  const line = `${ok ? 'ok    ' : 'FAILED'} ${name} ${String(Math.round(time ?? 0))} ms\n`;
  return ok || output === '' ? line : `${line}${indent(output)}`;
}

export default class Reporter extends Transform {
  readonly #tally = createTally();
  readonly #parser = new Parser();
  #output = '';

  constructor() {
    super();
    countTests(this.#parser, this.#tally);
    this.#parser.on('extra', (text: string) => {
      this.#output += text;
    });
    this.#parser.on('assert', (file: Result) => {
      this.push(describeFile(file, this.#output));
      this.#output = '';
    });
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#parser.write(chunk);
    done();
  }

  override _flush(done: TransformCallback): void {
    this.#parser.end();
    done(null, describeEnd(this.#tally));
  }
}
