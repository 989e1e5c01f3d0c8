import { type Test, test } from 'tap';
import type { Transport } from '../../../../packages/mail/src/transport.ts';
import { composeMail } from '../../../../packages/message/src/compose.ts';
import { startEwsServer } from '../../../peers/exchange/ews-server.ts';
import { startGraphServer } from '../../../peers/exchange/graph-server.ts';
import type { HttpsPeer } from '../../../peers/exchange/https-peer.ts';
import type { Filing, SentMessage } from '../../../peers/exchange/sent-folder.ts';
import { requirePeer } from '../../../peers/peer.ts';
import { waitFor } from '../../../peers/wait-for.ts';
import { active, mailEvents, minuteMs, openLog, openQueue } from '../../engine/harness.ts';
import { connection, mailbox, opened, startWorld } from './fixture.ts';

interface Peer extends HttpsPeer {
  readonly mails: readonly unknown[];
  readonly filing: Filing;
  readonly sentItems: SentMessage[];
}

type Protocol = 'graph' | 'ews';

async function startPeer(t: Test, protocol: Protocol): Promise<{ peer: Peer; transport: Transport }> {
  const { certificates, authority, options } = await startWorld(t);
  const peer =
    protocol === 'graph'
      ? await startGraphServer(certificates.server, authority, mailbox)
      : await startEwsServer({ certificate: certificates.server, mailbox, authority });
  t.teardown(() => peer.close());
  const endpoint =
    protocol === 'graph' ? { graphUrl: peer.url } : { ewsUrl: `${peer.url}/EWS/Exchange.asmx` };
  const transport = await opened(t, options, connection(authority, { protocol, ...endpoint }));
  return { peer, transport };
}

/** The queue with look-ups on, its clock moved by hand, over the client that sends. */
async function startReconciling(t: Test, protocol: Protocol) {
  const { peer, transport } = await startPeer(t, protocol);
  const { log, directory } = await openLog(t);
  const serving = active(transport, 1, { onUnknown: 'reconcile' });
  const bench = await openQueue(t, { log, directory, serving, compose: composeMail });
  peer.filing.rewritesIds = true;
  const entryOf = (id: string) =>
    waitFor(`the history of ${id}`, async () => {
      const [entry] = bench.queue.status(id)?.history ?? [];
      if (entry === undefined) await bench.clock.advance(minuteMs);
      return entry;
    });
  /** What the events say of the decision. */
  const witnessOf = async (id: string) => {
    const all = await mailEvents(log);
    return all.flatMap(({ type, data }) =>
      type === 'io.postausgang.mail-resolved.v1' && data.mailId === id ? [data.witness] : [],
    );
  };
  return { peer, bench, entryOf, witnessOf };
}

const invoice = (subject = 'Rechnung 4711') => ({
  to: [{ address: 'kunde@example.com' }],
  subject,
  text: 'Anbei.',
});

for (const protocol of ['graph', 'ews'] as const) {
  test(`${protocol}: a mail whose Message-ID was rewritten is found by date, subject and recipients`, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { peer, bench, entryOf, witnessOf } = await startReconciling(t, protocol);
    // Small pages: the mail is on the last one.
    peer.filing.pageSize = 2;
    for (const id of ['o1', 'o2', 'o3', 'o4']) {
      await bench.submit(id, invoice(`Angebot ${id}`));
      await bench.until(id, 'sent');
    }
    peer.filing.skewMs = 9 * minuteMs;
    peer.faults.push('lose-reply');
    await bench.submit('m1', invoice());
    await bench.until('m1', 'unknown');
    t.match(await entryOf('m1'), { entry: 'resolved', detail: 'date-subject-recipients' });
    t.equal(bench.state('m1'), 'sent');
    t.same(await witnessOf('m1'), ['date-subject-recipients']);
    await bench.clock.advance(60 * minuteMs);
    t.equal(peer.mails.length, 5, 'nothing went out again');
  });

  test(`${protocol}: of two mails that look alike neither is taken for the other`, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    for (const hasArrived of [true, false]) {
      const { peer, bench, entryOf } = await startReconciling(t, protocol);
      await bench.submit('first', invoice());
      await bench.until('first', 'sent');
      peer.faults.push(hasArrived ? 'lose-reply' : 'break-before');
      await bench.submit('m1', invoice());
      await bench.until('m1', 'unknown');
      t.match(await entryOf('m1'), { entry: 'lookup-ended', detail: 'ambiguous' });
      await bench.clock.advance(60 * minuteMs);
      t.equal(bench.state('m1'), 'unknown', 'a person decides');
      t.equal(peer.mails.length, hasArrived ? 2 : 1);
    }
  });

  test(`${protocol}: what the server has neither by its Message-ID nor otherwise goes out again`, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { peer, bench, entryOf, witnessOf } = await startReconciling(t, protocol);
    await bench.submit('other', invoice('Rechnung 4712'));
    await bench.until('other', 'sent');
    peer.faults.push('break-before');
    await bench.submit('m1', invoice());
    await bench.until('m1', 'unknown');
    t.match(await entryOf('m1'), { entry: 'resolved', detail: 'none' });
    await bench.until('m1', 'sent');
    t.same(await witnessOf('m1'), ['none']);
    t.equal(peer.mails.length, 2);
  });

  test(`${protocol}: recipients that cannot be compared leave the mail to a person`, async (t) => {
    if (!requirePeer(t, 'openssl')) return;
    const { peer, bench, entryOf } = await startReconciling(t, protocol);
    peer.filing.hidesAddresses = true;
    peer.faults.push('lose-reply');
    await bench.submit('m1', invoice());
    await bench.until('m1', 'unknown');
    t.match(await entryOf('m1'), { entry: 'lookup-ended', detail: 'ambiguous' });
    t.equal(peer.mails.length, 1);
  });
}
