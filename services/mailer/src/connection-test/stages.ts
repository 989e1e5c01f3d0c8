/** What the stages of a connection test are run with, whatever the kind of server. */
import type {
  ConnectionTestStep,
  ExchangeConnectionContent,
  OutgoingServerContent,
} from '@postausgang/contracts';
import type { CertificatesById } from '@postausgang/credentials';
import { deliveryOf, liveMode, type TestRequest } from '@postausgang/mail';
import { composeMessage, messageIdFor } from '@postausgang/message';
import { domainOf, type SendingModeNow } from '@postausgang/settings';
import type { BuildOptions } from '../apply/build.ts';
import type { TestProtocol } from '../transports/smtp/connection-test.ts';
import { type ProbeDeps, probeRequest } from './probe.ts';
import type { RequestedTest } from './runner.ts';

/** Somebody waits for the answer: no step takes as long as a mail may. */
export const longestStepSeconds = 30;

export interface RunTestOptions extends BuildOptions, ProbeDeps {
  /** The certificates that a content and its connection name. */
  readonly certificatesOf: (
    content: OutgoingServerContent,
    connection?: ExchangeConnectionContent,
  ) => CertificatesById;
}

export type OnStep = (step: ConnectionTestStep) => void;

/** What the stages of one kind of server have found, and the sender that they were run with. */
export type RunStages = (
  options: RunTestOptions,
  test: RequestedTest,
  onStep?: OnStep,
) => Promise<{ readonly protocol: TestProtocol; readonly sender: string }>;

/**
 * The envelope that the stages try, with a message as large as that of a probe. While mail is redirected, nobody else is
 * named to the server, not even as the outside address.
 */
export function testRequestOf(
  test: RequestedTest,
  from: string,
  date: Date,
  mode: SendingModeNow = liveMode,
): TestRequest {
  const inside = (address: string): string => deliveryOf(mode, [address]).to[0] ?? address;
  const to = inside(test.probeTo ?? from);
  const request = probeRequest(test, to, from);
  const messageId = messageIdFor(test.testId, domainOf(from));
  const message = composeMessage({ request, mailId: test.testId, messageId, date, from: { address: from } });
  const outside = inside(test.outsideAddress ?? outsideOf([from, to]));
  return { from, to, outside, message, isSenderOnly: test.isSenderOnly ?? false };
}

/** Reserved for examples (RFC 2606 §3): no mailbox is bothered, and servers that look find that it takes no mail. */
const outsideDomains = ['example.com', 'example.org', 'example.net'];

function outsideOf(own: readonly string[]): string {
  const domains = own.map((address) => domainOf(address).toLowerCase());
  const domain = outsideDomains.find((one) => !domains.includes(one)) ?? 'example.com';
  return `postausgang-test@${domain}`;
}
