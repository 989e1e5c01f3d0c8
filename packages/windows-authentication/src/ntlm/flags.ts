/** Negotiation flags (MS-NLMP 2.2.2.5), as far as they matter here. */
export const ntlmFlags = {
  unicode: 0x0000_0001,
  requestTarget: 0x0000_0004,
  ntlm: 0x0000_0200,
  alwaysSign: 0x0000_8000,
  extendedSessionSecurity: 0x0008_0000,
  targetInfo: 0x0080_0000,
  version: 0x0200_0000,
  key128: 0x2000_0000,
  key56: 0x8000_0000,
} as const;

/** What is asked for: no signing or sealing, since TLS protects what follows the sign-in; so no key exchange either. */
export const askedFlags =
  (ntlmFlags.unicode |
    ntlmFlags.requestTarget |
    ntlmFlags.ntlm |
    ntlmFlags.alwaysSign |
    ntlmFlags.extendedSessionSecurity |
    ntlmFlags.targetInfo |
    ntlmFlags.version |
    ntlmFlags.key128 |
    ntlmFlags.key56) >>>
  0;

export const hasFlag = (flags: number, flag: number): boolean => (flags & flag) !== 0;
