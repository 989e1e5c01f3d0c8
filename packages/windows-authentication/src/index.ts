export { tlsServerEndPoint } from './channel-binding.ts';
export { createKerberosContext } from './kerberos/kerberos-context.ts';
export type { KerberosContext } from './kerberos/kerberos-context.ts';
export type { KerberosLibrary } from './kerberos/load-kerberos.ts';
export { createNtlmContext } from './ntlm/ntlm-context.ts';
export type { NtlmContext, NtlmContextOptions } from './ntlm/ntlm-context.ts';
export type { SecurityContext } from './security-context.ts';
export { WindowsAuthenticationError } from './windows-authentication-error.ts';
