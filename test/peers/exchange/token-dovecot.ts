import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Certificates } from '../certificates.ts';
import { type Dovecot, type DovecotOptions, startDovecot } from '../dovecot.ts';
import type { Authority } from './authority.ts';

/** Dovecot that takes nothing but tokens, and asks the authority about each (RFC 7662). */
export async function startTokenDovecot(
  { directory, ca, server }: Certificates,
  { introspectionUrl }: Pick<Authority, 'introspectionUrl'>,
  relay: DovecotOptions['relay'],
): Promise<Dovecot> {
  const file = join(directory, 'dovecot-oauth2.conf.ext');
  const introspection = [
    `introspection_url = ${introspectionUrl}`,
    'introspection_mode = auth',
    'force_introspection = yes',
    'username_attribute = username',
    'active_attribute = active',
    'active_value = true',
    `tls_ca_cert_file = ${ca.certificateFile}`,
  ];
  await writeFile(file, `${introspection.join('\n')}\n`);
  return startDovecot({
    certificate: server,
    relay,
    mechanisms: ['xoauth2', 'oauthbearer'],
    settings: `auth_username_format = %u\npassdb {\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = ${file}\n}\n`,
  });
}
