export { createKerberosContext } from './kerberos/kerberos-context.ts';
export type { KerberosContext, KerberosLibrary } from './kerberos/kerberos-context.ts';
export { createNtlmContext } from './ntlm/ntlm-context.ts';
export type { NtlmContext, NtlmContextOptions } from './ntlm/ntlm-context.ts';
export { WindowsAuthenticationError } from './security-context.ts';
export type { SecurityContext } from './security-context.ts';
