import { test } from 'tap';
import { createCertificates } from '../../../../peers/certificates.ts';
import { requirePeer } from '../../../../peers/peer.ts';
import { drop, reply } from '../../../../peers/smtp-script.ts';
import { classIn, everyCell, expectedClassOf, expectedOf, inWords } from './expected-table.ts';
import { type Fault, faults, type FaultStage, stages } from './faults.ts';
import { runCell } from './run-cell.ts';
import { codeOf, tlsFaults } from './tls-faults.ts';

/** So many at once, since most of the time they wait; not more, for a busy machine must not look like a silent server. */
const stagesAtOnce = 7;

for (const pipelining of [true, false]) {
  const title = `every fault at every stage has its outcome, ${pipelining ? 'pipelined' : 'command by command'}`;
  test(title, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const certificates = await createCertificates();
    t.teardown(() => certificates.remove());
    const check = async (stage: FaultStage, fault: Fault): Promise<void> => {
      const result = await runCell(certificates, { stage, fault, pipelining });
      t.equal(inWords(result), expectedOf(stage, fault), `${stage}: ${fault}`);
      t.equal(classIn(result), expectedClassOf(stage, fault), `${stage}: ${fault}: class`);
    };
    for (let first = 0; first < stages.length; first += stagesAtOnce) {
      const together = stages.slice(first, first + stagesAtOnce);
      await Promise.all(together.flatMap((stage) => faults.map((fault) => check(stage, fault))));
    }
    t.comment(
      `figures: ${stages.length} stages x ${faults.length} faults: ${everyCell.length} cells as expected, ${pipelining ? 'pipelined' : 'command by command'}`,
    );
  });
}

test('a server whose encryption is at fault is called what it is', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  const codes = await Promise.all(tlsFaults.map((fault) => codeOf(certificates, fault)));
  for (const [index, { name, expected }] of tlsFaults.entries()) t.equal(codes[index], expected, name);
  t.comment(`figures: ${tlsFaults.length} faults of TLS as expected`);
});

const limits: readonly (readonly [FaultStage, string, string, string])[] = [
  ['greeting', '421 4.7.0 Too many concurrent connections', 'too-many-connections', 'throttled'],
  ['AUTH', '421 4.7.0 Too many messages, retry in 120 seconds', 'server-throttled', 'throttled'],
  ['MAIL', '421 4.7.28 Rate limit exceeded', '~ server-throttled', 'throttled'],
  ['later RCPT', '452 4.5.3 Too many recipients', 'sent / ~ too-many-recipients', 'throttled'],
  ['final dot', '451 4.7.500 Server busy', '~ server-throttled', 'throttled'],
];

test('a limit of the server is called a limit at every stage', async (t) => {
  if (!requirePeer(t, 'openssl')) return;
  const certificates = await createCertificates();
  t.teardown(() => certificates.remove());
  for (const [stage, words, expected, expectedClass] of limits) {
    const action = words.startsWith('421') ? drop(words) : reply(words);
    const result = await runCell(certificates, { stage, fault: '421', pipelining: true }, action);
    t.equal(inWords(result), expected, `${stage}: ${words}`);
    t.equal(classIn(result), expectedClass, `${stage}: class`);
  }
});
