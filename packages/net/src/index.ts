export { connectTcp, connectTls, resolveDestination, resolveWithSystem, within } from './connect.ts';
export type { Resolve } from './connect.ts';
export { asSmtpError, isTlsAlert, rootCode, smtpError, tlsFailure, untrustedText } from './failures.ts';
export type { SmtpError } from './failures.ts';
export { createDestinationGuard, usualMailPorts } from './guard.ts';
export type { ConnectionPolicy, DestinationGuard } from './guard.ts';
export { peerCertificate, tlsDescription, tlsSettings } from './tls.ts';
export type { StageFinding, StageObserver, TlsSettings } from './tls.ts';
