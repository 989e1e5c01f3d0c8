/** One way to turn a password into bytes. */
export interface PasswordBytes {
  /** For the key derivation of PKCS#12 itself: the encryption of old files, and the MAC of most. */
  readonly pkcs12: Buffer;
  /** For PBES2 (PBKDF2). */
  readonly pbes2: Buffer;
}

/**
 * How programs have turned passwords into bytes, the right way first. It matters for umlauts only: RFC 7292 §B.1 wants
 * UTF-16 with two zeros at the end, OpenSSL before 1.1 took each byte of UTF-8 for a character, others use Latin-1 for
 * PBES2, and macOS types a + ¨ where Windows types ä. An empty password may also be none at all. Each way is there once: of most
 * passwords there is only one.
 */
export function passwordCandidates(password: string): readonly PasswordBytes[] {
  const forms = [...new Set([password, password.normalize('NFC'), password.normalize('NFD')])];
  const candidates = forms.flatMap((form) => {
    const utf8 = Buffer.from(form, 'utf8');
    const latin1 = Buffer.from(form, 'latin1');
    return [
      { pkcs12: bmpString(form), pbes2: utf8 },
      { pkcs12: bmpString(form), pbes2: latin1 },
      { pkcs12: bmpString(utf8.toString('latin1')), pbes2: utf8 },
    ];
  });
  const none = { pkcs12: Buffer.alloc(0), pbes2: Buffer.alloc(0) };
  const all = password === '' ? [...candidates, none] : candidates;
  return [
    ...new Map(
      all.map((one) => [`${one.pkcs12.toString('hex')} ${one.pbes2.toString('hex')}`, one]),
    ).values(),
  ];
}

/** UTF-16, big-endian, with a zero at the end. */
function bmpString(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le').swap16();
}
