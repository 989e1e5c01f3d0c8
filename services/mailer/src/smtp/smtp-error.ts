/** The errors of sockets, TLS and nodemailer by what they may carry. */
export interface SmtpError extends Error {
  /** Nodemailer's code (`ECONNECTION`, `ETIMEDOUT`, …) or the system's. */
  code?: string;
  /** The system's or OpenSSL's code when nodemailer has put its own in `code`. */
  originalCode?: string;
  /** OpenSSL's short text. */
  reason?: string;
  /** The reply that caused it. */
  response?: string;
  responseCode?: number;
  command?: string;
}

export function asSmtpError(error: unknown): SmtpError {
  return error instanceof Error ? error : new Error(String(error));
}

export const smtpError = (message: string, code: string): SmtpError =>
  Object.assign(new Error(message), { code });

/** A code of our own beside those of the layers. */
export const startTlsNotOffered = 'STARTTLS_NOT_OFFERED';

/** The code of the layer that failed first. */
export const rootCode = (error: SmtpError): string => error.originalCode ?? error.code ?? '';
