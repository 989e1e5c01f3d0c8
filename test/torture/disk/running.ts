import type { MailStatus, Problem } from '@postausgang/contracts';
import type { Test } from 'tap';
import { type StandaloneProcess, startStandaloneProcess } from '../../end-to-end/standalone-process.ts';
import { type NodeSink, type NodeSinkOptions, startNodeSink } from '../../peers/node-sink.ts';
import { waitFor } from '../../peers/wait-for.ts';
import { settledMails } from '../all-mails.ts';
import { deliveriesOf } from '../kills/deliveries.ts';

/** The path of the settings. */
export const server = '/v1/outgoing-servers/default';

export interface Running {
  readonly service: StandaloneProcess;
  readonly sink: NodeSink;
  /** Ids of the mails that were answered with 202. */
  readonly accepted: Set<string>;
  /** Status and problem code of a mail with so many bytes attached. */
  readonly submit: (attachedBytes?: number) => Promise<string>;
  readonly readiness: () => Promise<string>;
}

export async function start(t: Test, directory: string, sinkOptions: NodeSinkOptions = {}): Promise<Running> {
  const sink = await startNodeSink({ capture: true, ...sinkOptions });
  t.teardown(sink.stop);
  const service = await startStandaloneProcess(directory);
  t.teardown(() => service.kill());
  const smtp = { hostname: '127.0.0.1', port: sink.port, encryption: 'none', authentication: 'none' };
  const senderAddress = { name: 'ACME', address: 'erp@acme.example' };
  await service.call('PUT', server, {
    headers: { 'if-match': '"0"', prefer: 'wait=applied' },
    body: { enabled: true, serverType: 'smtp', senderAddress, smtp },
  });
  const accepted = new Set<string>();
  return {
    service,
    sink,
    accepted,
    async submit(attachedBytes = 0) {
      const content = Buffer.alloc(attachedBytes, accepted.size % 256).toString('base64');
      const attachments = [{ filename: 'a.bin', contentType: 'application/octet-stream', content }];
      const mail = { to: [{ address: 'kunde@example.com' }], subject: 'Rechnung', text: 'Anbei.' };
      const body = attachedBytes === 0 ? mail : { ...mail, attachments };
      const answer = await service.call('POST', '/v1/mails', { body });
      if (answer.status !== 202) return `${answer.status} ${(answer.body as Problem).code}`;
      accepted.add((answer.body as MailStatus).id);
      return '202';
    },
    async readiness() {
      const answer = await fetch(`${service.api}/health/ready`);
      const { checks } = (await answer.json()) as { checks: Record<string, string> };
      return `${answer.status} ${checks['log']}`;
    },
  };
}

/** Every accepted mail was sent, once, also in the eyes of a service that reads the log anew. */
export async function nothingIsLost(t: Test, { service, sink, accepted }: Running): Promise<void> {
  const mails = await settledMails(service);
  const { times } = deliveriesOf(sink.messages);
  const wrong = [...accepted].filter((id) => {
    const mail = mails.get(id);
    return mail?.state !== 'sent' || times.get(mail.messageId ?? '') !== 1;
  });
  t.same(wrong, [], 'every accepted mail was sent, and once');
  t.equal(await service.stop(), 0);
  const again = await startStandaloneProcess(service.dataDirectory);
  t.teardown(() => again.kill());
  const known = await settledMails(again);
  t.same(
    [...accepted].filter((id) => known.get(id)?.state !== 'sent'),
    [],
    'and a new start finds the same',
  );
}

export const becomes = (wanted: string, look: () => Promise<string>): Promise<boolean> =>
  waitFor(wanted, async () => ((await look()) === wanted ? true : undefined));
