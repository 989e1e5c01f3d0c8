/** What is sent in measurements, the same for Postausgang and its peers. */
export interface Scenario {
  readonly name: string;
  /** Mails in one round. */
  readonly count: number;
  /** Rounds that do not count, of either side: V8 still compiles after 20,000 mails, and large ones come after small ones. */
  readonly warmUps: number;
  readonly text: string;
  readonly attachmentBytes: number;
}

export const smallMail: Scenario = {
  name: '10 kB',
  count: 3000,
  warmUps: 8,
  text: textOf(10_000),
  attachmentBytes: 0,
};

export const largeMail: Scenario = {
  name: '200 kB attachment',
  count: 600,
  warmUps: 2,
  text: textOf(1000),
  attachmentBytes: 200_000,
};

/** The attachment of a scenario. */
export function attachmentOf({ attachmentBytes }: Scenario): Buffer | undefined {
  return attachmentBytes === 0 ? undefined : Buffer.alloc(attachmentBytes, 'postausgang');
}

/** The body of `POST /v1/mails`. */
export function requestOf(scenario: Scenario): Buffer {
  const content = attachmentOf(scenario)?.toString('base64');
  const attachments =
    content === undefined ? [] : [{ filename: 'rechnung.pdf', contentType: 'application/pdf', content }];
  const { text } = scenario;
  const to = [{ address: 'kunde@example.com' }];
  return Buffer.from(JSON.stringify({ to, subject: 'Rechnung 4711', text, attachments }));
}

function textOf(sizeBytes: number): string {
  const line = 'Sehr geehrte Damen und Herren, anbei erhalten Sie unsere Rechnung Nr. 4711.\r\n';
  return line.repeat(Math.ceil(sizeBytes / line.length)).slice(0, sizeBytes);
}
