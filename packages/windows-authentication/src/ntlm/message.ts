/** What all three messages begin with (MS-NLMP 2.2.1). */
export const signature = Buffer.from('NTLMSSP\0', 'latin1');

/** Windows 10, revision 15 of NTLMSSP (MS-NLMP 2.2.2.10). For debugging only, but expected beside a MIC. */
export const version = Buffer.from('0a0000000000000f', 'hex');

export const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le');
