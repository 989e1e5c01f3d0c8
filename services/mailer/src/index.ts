export { mailerVariables } from './config.ts';
export { addMailMetrics } from './http/mail-metrics.ts';
export { createMailer, mailerTags } from './mailer.ts';
export type { ExchangeDescription, OAuthDescription } from './transports/exchange/describe.ts';
export { createSignedClient } from './transports/exchange/ews/ews-sign-in.ts';
export type { EwsCredentials, SignedClient } from './transports/exchange/ews/ews-sign-in.ts';
export { getFolderRequest } from './transports/exchange/ews/soap.ts';
export {
  createEwsTransport,
  ewsFailure,
  impersonated,
  soapOf,
  soapRequest,
} from './transports/exchange/ews/transport.ts';
export type { EwsDescription } from './transports/exchange/ews/transport.ts';
export { graphError, graphFailure, mailboxUrl } from './transports/exchange/graph/requests.ts';
export type { GraphDescription } from './transports/exchange/graph/requests.ts';
export { createGraphTransport } from './transports/exchange/graph/transport.ts';
export { createHttpsClient, retryAfterSeconds, withOneIntent } from './transports/exchange/https-client.ts';
export type {
  HttpsAnswer,
  HttpsClient,
  HttpsRequest,
  HttpsResult,
  NoAnswer,
} from './transports/exchange/https-client.ts';
export type { Proxy } from './transports/exchange/https-connect.ts';
export { createLanes } from './transports/exchange/message.ts';
export { createBearerClient, createTokenSource } from './transports/exchange/oauth.ts';
export type { BearerClient, TokenSource } from './transports/exchange/oauth.ts';
export { finalReplyTimeout } from './transports/smtp/open-session.ts';
