import { createTransport } from 'nodemailer';

export const LOOPBACK = '127.0.0.1';
export const MAIL = {
  from: 'erp@acme.example',
  to: 'kunde@example.com',
  subject: 'Rechnung',
  text: 'Guten Tag',
};

export type Transport = {
  port: number;
  secure?: boolean;
  requireTLS?: boolean;
  ignoreTLS?: boolean;
  tls?: { ca: string };
  auth?: { user: string; pass: string };
  authMethod?: string;
  /** How long to wait for a word from the server, in milliseconds. */
  socketTimeout?: number;
};
export type Mail = Omit<typeof MAIL, 'to'> & { to: string | string[] };

/** The reply to the final dot, or the code of the reply that refused, or the name of what went wrong. */
export async function send(transport: Transport, mail: Partial<Mail> = {}): Promise<string | number> {
  const client = createTransport({ host: LOOPBACK, name: 'client.test', ...transport });
  try {
    return (await client.sendMail({ ...MAIL, ...mail })).response;
  } catch (error) {
    const { responseCode, code } = error as { responseCode?: number; code?: string };
    return responseCode ?? code ?? String(error);
  } finally {
    client.close();
  }
}
