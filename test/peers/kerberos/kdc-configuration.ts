export type RealmOptions = { realm: string; port: number };

/** What clients and servers of the realm read. Nothing is asked of DNS: the names of the tests do not exist there. */
export function krb5Conf({
  realm,
  port,
  settings,
}: RealmOptions & { settings: Readonly<Record<string, string>> }): string {
  const defaults = {
    default_realm: realm,
    dns_lookup_kdc: 'false',
    dns_lookup_realm: 'false',
    dns_canonicalize_hostname: 'false',
    rdns: 'false',
    udp_preference_limit: '1',
    ...settings,
  };
  const lines = Object.entries(defaults).map(([name, value]) => `  ${name} = ${value}`);
  return `[libdefaults]
${lines.join('\n')}
[realms]
  ${realm} = {
    kdc = 127.0.0.1:${port}
  }
[domain_realm]
  mail.test = ${realm}
  localhost = ${realm}
`;
}

export const kdcConf = ({ realm, port, directory }: RealmOptions & { directory: string }): string => `[realms]
  ${realm} = {
    database_name = ${directory}/principal
    key_stash_file = ${directory}/stash
    acl_file = ${directory}/kadm5.acl
    kdc_listen = ""
    kdc_tcp_listen = 127.0.0.1:${port}
    max_life = 10h
    supported_enctypes = aes256-cts-hmac-sha1-96:normal
  }
[logging]
  kdc = FILE:${directory}/kdc.log
`;
