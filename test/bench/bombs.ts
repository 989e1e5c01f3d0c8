/*
 * What the inputs of test/bombs cost at full size: milliseconds of the only thread, and memory beyond their own size. Each
 * is taken by a process of its own, which has taken a small one of its kind before. `node test/bench/bombs.ts WAY NUMBER`
 * measures one.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import {
  largestSoapAnswers,
  oauthBombs,
  providerAnswers,
  smtpBombs,
  soapBombs,
} from '../bombs/answer-bombs.ts';
import { type Bomb, megabyte, requestBytes } from '../bombs/bomb.ts';
import { jsonBombs } from '../bombs/json-bombs.ts';
import { messageBombs } from '../bombs/message-bombs.ts';
import {
  codeOfSoap,
  openMailRoute,
  post,
  readAsProvider,
  readAsRecord,
  readAsReply,
  readAsSoap,
  readAsToken,
} from '../bombs/ways.ts';

interface Way {
  readonly bombs: (sizeBytes: number) => readonly Bomb[];
  readonly take: (input: Buffer) => Promise<string> | string;
}

const app = await openMailRoute();
await app.ready();

const overHttp = (type: string) => (input: Buffer) => post(app, type, input);

const ways: Readonly<Record<string, Way>> = {
  'HTTP, JSON': { bombs: jsonBombs, take: overHttp('application/json') },
  'HTTP, message': { bombs: messageBombs, take: overHttp('message/rfc822') },
  'Kafka record': { bombs: jsonBombs, take: readAsRecord },
  'SMTP reply': { bombs: smtpBombs, take: readAsReply },
  'EWS answer': { bombs: soapBombs, take: readAsSoap },
  'EWS answer, the largest that is read': { bombs: () => largestSoapAnswers(), take: codeOfSoap },
  'answer of an identity provider': { bombs: providerAnswers, take: readAsProvider },
  'OAuth answer': { bombs: oauthBombs, take: readAsToken },
};

interface Cost {
  readonly name: string;
  readonly ms: number;
  readonly mebibytes: number;
}

async function measure(way: Way, index: number): Promise<Cost> {
  const small = way.bombs(megabyte)[index]?.make();
  const bomb = way.bombs(requestBytes)[index];
  if (bomb === undefined || small === undefined) throw new RangeError('no such bomb');
  await way.take(small);
  const input = bomb.make();
  const memory = process.resourceUsage().maxRSS;
  const before = process.cpuUsage();
  await way.take(input);
  const { user, system } = process.cpuUsage(before);
  const grown = (process.resourceUsage().maxRSS - memory) / 1024;
  return { name: bomb.name, ms: (user + system) / 1000, mebibytes: grown };
}

const [wayName, number] = process.argv.slice(2);
if (wayName !== undefined) {
  const way = ways[wayName];
  if (way === undefined) throw new RangeError('no such way');
  process.stdout.write(JSON.stringify(await measure(way, Number(number))));
} else {
  const run = promisify(execFile);
  for (const [name, { bombs }] of Object.entries(ways)) {
    const costs: Cost[] = [];
    for (const index of bombs(0).keys()) {
      const { stdout } = await run(process.execPath, [import.meta.filename, name, `${index}`]);
      costs.push(JSON.parse(stdout));
    }
    console.log(`\n${name}`);
    for (const cost of costs) {
      console.log(
        `  ${cost.name.padEnd(42)}${cost.ms.toFixed(0).padStart(6)} ms${cost.mebibytes.toFixed(0).padStart(6)} MiB`,
      );
    }
  }
}
