import { type Test, test } from 'tap';
import { type Certificates, createCertificates } from '../../../../peers/certificates.ts';
import { requirePeer } from '../../../../peers/peer.ts';
import { startScriptedSmtp } from '../../../../peers/scripted-smtp.ts';
import { everyCell, expectedOf } from './expected-table.ts';
import { scriptOf } from './fault-script.ts';
import { actionOf, type Fault, type FaultStage } from './faults.ts';
import { type Trial, type Verdict, verdictsOf } from './postfix-verdicts.ts';
import { tlsFaults } from './tls-faults.ts';

/** Postfix has no such moment: it writes no intent. */
const cells = everyCell.filter(({ stage }) => stage !== 'before the dot');
const extensions = ['PIPELINING', '8BITMIME', 'SIZE 104857600', 'ENHANCEDSTATUSCODES', 'AUTH PLAIN'];
const largeText = `${'x'.repeat(900)}\n`.repeat(12_000);

interface Difference {
  readonly ours: string;
  readonly postfix: string;
  readonly why: string;
}

const unknownOutcome: Difference = {
  ours: 'unknown',
  postfix: 'deferred',
  why:
    'Nobody knows whether the server has the message. Postfix sends it again, and says that it may arrive twice; here that ' +
    'is what `resend` does, and `hold` asks a person.',
};

const ofTheServer: Difference = {
  ours: 'deferred',
  postfix: 'bounced',
  why:
    'The server refuses the session, not the mail. Postfix returns the mail to its sender; here all mail waits, and the status ' +
    'says what to change.',
};

const outOfStep = (postfix: string, ours = 'deferred'): Difference => ({
  ours,
  postfix,
  why:
    'What is no reply is passed over by Postfix, so that it takes every later reply for the answer to the command before, that ' +
    'to QUIT for the one to the message. Here it ends the connection.',
});

/** Every cell in which we judge otherwise than Postfix, and why. */
const differences: Readonly<Record<string, Difference>> = {
  'EHLO: 5yz': ofTheServer,
  'STARTTLS: 5yz': ofTheServer,
  'EHLO after TLS: 5yz': ofTheServer,
  'MAIL: garbage': outOfStep('deferred / bounced'),
  'first RCPT: garbage': outOfStep('deferred / bounced'),
  'later RCPT: garbage': outOfStep('deferred / bounced'),
  'content: garbage': outOfStep('sent'),
  'final dot: garbage': outOfStep('sent', 'unknown'),
  'final dot: drop': unknownOutcome,
  'final dot: RST': unknownOutcome,
  'final dot: half reply': unknownOutcome,
  'final dot: stall': unknownOutcome,
  'final dot: trickle': unknownOutcome,
};

/** Our table in the words of Postfix. Where no session comes about, all mail waits. */
function oursOf(stage: FaultStage, fault: Fault): string {
  const words = expectedOf(stage, fault)
    .split(' / ')
    .map((cell) => ({ sent: 'sent', x: 'bounced', '?': 'unknown' })[cell.split(' ')[0] ?? ''] ?? 'deferred');
  return words.join(' / ');
}

const theirsOf = ([first = 'sent', later = first]: readonly Verdict[]): string =>
  first === later ? first : `${first} / ${later}`;

async function trialOf(
  t: Test,
  certificates: Certificates,
  stage: FaultStage,
  fault: Fault,
  number: number,
): Promise<Trial> {
  const server = await startScriptedSmtp({
    certificate: certificates.server,
    extensions,
    script: scriptOf(stage, actionOf(stage, fault)),
  });
  t.teardown(server.stop);
  return {
    domain: `cell${number}.test`,
    port: server.port,
    message: stage === 'content' ? largeText : 'Anbei.',
  };
}

const timeout = 600_000;

test('Postfix judges the same faults the same, but where a reason is given', { timeout }, async (t) => {
  if (!requirePeer(t, 'openssl', 'postfix')) return;
  const certificates = await createCertificates();
  t.teardown(certificates.remove);
  const trials = await Promise.all(
    cells.map(({ stage, fault }, index) => trialOf(t, certificates, stage, fault, index)),
  );
  const verdicts = await verdictsOf(t, certificates, trials);
  for (const [index, { stage, fault }] of cells.entries()) {
    const name = `${stage}: ${fault}`;
    const theirs = theirsOf(verdicts.get(trials[index]?.domain ?? '') ?? []);
    const { ours, postfix, why } = differences[name] ?? { ours: theirs, postfix: theirs, why: 'the same' };
    t.equal(oursOf(stage, fault), ours, `${name}: ours (${why})`);
    t.equal(theirs, postfix, `${name}: Postfix`);
  }
  const certificateFaults = tlsFaults.filter(({ encryption }) => encryption === 'starttls');
  const servers = await Promise.all(certificateFaults.map(({ start }) => start(certificates)));
  servers.forEach(({ stop }) => t.teardown(stop));
  const atFault = servers.map(({ port }, index) => ({
    domain: `tls${index}.test`,
    port,
    message: 'Anbei.',
  }));
  const judged = await verdictsOf(t, certificates, atFault);
  for (const [index, { name }] of certificateFaults.entries()) {
    t.equal(theirsOf(judged.get(`tls${index}.test`) ?? []), 'deferred', `${name}: Postfix waits too`);
  }
  t.comment(
    `figures: ${cells.length} cells, ${cells.length - Object.keys(differences).length} judged as Postfix does, ` +
      `${Object.keys(differences).length} otherwise, with a reason`,
  );
});
