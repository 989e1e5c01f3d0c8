import { clockVariables } from './faketime.ts';

export type PostfixLayout = {
  configuration: string;
  queue: string;
  data: string;
  /** Parent of the Maildir that everything lands in. */
  mail: string;
  sasl: string;
  logFolder: string;
  logFile: string;
};

export type PostfixPorts = { plainPort: number; submissionPort: number; implicitPort: number };

export type PostfixConfiguration = {
  layout: PostfixLayout;
  ports: PostfixPorts;
  certificateFile: string;
  keyFile: string;
  mailUser: { uid: number; gid: number };
  /** message_size_limit in bytes. */
  sizeBytes: number;
  /** The plain port asks for a login without TLS, instead of taking mail from anyone. */
  cleartextAuth: boolean;
  /** SHA-256 fingerprints of the client certificates that may send over TLS, instead of a login; and their authority. */
  clientCertificates?: { caFile: string; fingerprints: readonly string[] } | undefined;
  /** More lines for main.cf; they win. */
  settings: Readonly<Record<string, string>>;
  /** Where mail for a domain goes; without it none ever leaves the instance. */
  relays: Readonly<Record<string, Relay>>;
};

export type SaslOptions = {
  /** What is offered in AUTH. */
  mechanisms: readonly string[];
  /** More lines for smtpd.conf. */
  settings: Readonly<Record<string, string>>;
};

export type Relay = { host: string; port: number };

/** What Postfix imports by default, but for TZ. */
const usualEnvironment = [
  'MAIL_CONFIG',
  'MAIL_DEBUG',
  'MAIL_LOGTAG',
  'LANG=C',
  'POSTLOG_SERVICE',
  'POSTLOG_HOSTNAME',
];

export const HOST_NAME = 'mail.test';
export const MAILBOX = 'everything';

/** Every domain is a virtual one and every address the same Maildir, unless there are relays: then it is a mere client. */
export function mainCf(configuration: PostfixConfiguration): string {
  const { layout, mailUser } = configuration;
  const settings = {
    compatibility_level: '3.6',
    import_environment: [...usualEnvironment, ...clockVariables].join(' '),
    queue_directory: layout.queue,
    data_directory: layout.data,
    maillog_file: layout.logFile,
    maillog_file_prefixes: layout.logFolder,
    myhostname: HOST_NAME,
    mydomain: HOST_NAME,
    mydestination: '',
    inet_interfaces: 'loopback-only',
    inet_protocols: 'ipv4',
    mynetworks: '127.0.0.0/8',
    alias_maps: '',
    alias_database: '',
    local_recipient_maps: '',
    virtual_mailbox_domains: 'static:all',
    virtual_mailbox_base: layout.mail,
    virtual_mailbox_maps: `static:${MAILBOX}/`,
    virtual_uid_maps: `static:${mailUser.uid}`,
    virtual_gid_maps: `static:${mailUser.gid}`,
    virtual_mailbox_limit: '0',
    message_size_limit: String(configuration.sizeBytes),
    queue_minfree: '0',
    in_flow_delay: '0',
    smtpd_recipient_restrictions: 'permit_mynetworks, reject',
    smtpd_relay_restrictions: 'permit_mynetworks, reject',
    smtpd_peername_lookup: 'no',
    ...WITHOUT_LIMITS,
    ...tlsAndLogin(configuration),
    ...relaying(configuration.relays),
    ...configuration.settings,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${value}\n`)
    .join('');
}

function relaying(relays: PostfixConfiguration['relays']): Record<string, string> {
  const entries = Object.entries(relays).map(
    ([domain, { host, port }]) => `{ ${domain} = smtp:[${host}]:${port} }`,
  );
  return entries.length === 0
    ? {}
    : {
        virtual_mailbox_domains: '',
        virtual_mailbox_maps: '',
        default_transport: 'error:no relay for this domain',
        transport_maps: `inline:{ ${entries.join(', ')} }`,
      };
}

const WITHOUT_LIMITS = {
  smtpd_error_sleep_time: '0',
  smtpd_client_connection_count_limit: '0',
  smtpd_client_connection_rate_limit: '0',
  smtpd_client_message_rate_limit: '0',
  smtpd_client_recipient_rate_limit: '0',
  smtpd_client_new_tls_session_rate_limit: '0',
  smtpd_client_auth_rate_limit: '0',
};

const tlsAndLogin = (configuration: PostfixConfiguration): Record<string, string> => ({
  smtpd_tls_cert_file: configuration.certificateFile,
  smtpd_tls_key_file: configuration.keyFile,
  smtpd_tls_received_header: 'yes',
  tls_random_source: 'dev:/dev/urandom',
  smtpd_sasl_type: 'cyrus',
  cyrus_sasl_config_path: configuration.layout.sasl,
  smtpd_sasl_local_domain: HOST_NAME,
  smtpd_sasl_security_options: 'noanonymous',
  smtpd_sasl_authenticated_header: 'yes',
  ...knownClients(configuration),
});

const knownClients = ({ clientCertificates }: PostfixConfiguration): Record<string, string> =>
  clientCertificates === undefined
    ? {}
    : {
        smtpd_tls_CAfile: clientCertificates.caFile,
        smtpd_tls_fingerprint_digest: 'sha256',
        relay_clientcerts: `inline:{${clientCertificates.fingerprints.map((one) => `{${one}=known}`).join(' ')}}`,
      };

/** What Cyrus SASL reads as smtpd.conf: the users are in a database of this instance alone. */
export const saslConf = (database: string, { mechanisms, settings }: SaslOptions): string =>
  [
    'pwcheck_method: auxprop',
    'auxprop_plugin: sasldb',
    `sasldb_path: ${database}`,
    `mech_list: ${mechanisms.join(' ')}`,
    ...Object.entries(settings).map(([name, value]) => `${name}: ${value}`),
    '',
  ].join('\n');

const LOGIN_NEEDED = [
  'smtpd_sasl_auth_enable=yes',
  'smtpd_recipient_restrictions=permit_sasl_authenticated,reject',
  'smtpd_relay_restrictions=permit_sasl_authenticated,reject',
];
/** No handshake without a certificate of the authority, no mail but with one that is known. */
const CERTIFICATE_NEEDED = [
  'smtpd_tls_ask_ccert=yes',
  'smtpd_tls_req_ccert=yes',
  'smtpd_recipient_restrictions=permit_tls_clientcerts,reject',
  'smtpd_relay_restrictions=permit_tls_clientcerts,reject',
];
const NO_TLS = 'smtpd_tls_security_level=none';
const LOGIN_AFTER_TLS_ONLY = 'smtpd_tls_auth_only=yes';

const smtpd = (port: number, name: string, overrides: readonly string[]): string =>
  [
    `127.0.0.1:${port} inet n - n - - smtpd`,
    ...[`syslog_name=postfix/${name}`, ...overrides].map((override) => `  -o ${override}`),
  ].join('\n');

const INTERNAL_SERVICES = `
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
`;

const CLIENT_SERVICE = 'smtp unix - - n - - smtp\n';

/** Services that listen on the three ports, and those Postfix needs inside. Without relays, nothing that sends onward. */
export const masterCf = ({
  ports,
  cleartextAuth,
  clientCertificates,
  relays,
}: PostfixConfiguration): string => {
  const needed = clientCertificates === undefined ? LOGIN_NEEDED : CERTIFICATE_NEEDED;
  return [
    smtpd(ports.plainPort, 'plain', cleartextAuth ? [NO_TLS, ...LOGIN_NEEDED] : [NO_TLS]),
    smtpd(ports.submissionPort, 'submission', [
      'smtpd_tls_security_level=may',
      LOGIN_AFTER_TLS_ONLY,
      ...needed,
    ]),
    smtpd(ports.implicitPort, 'smtps', ['smtpd_tls_wrappermode=yes', LOGIN_AFTER_TLS_ONLY, ...needed]),
    Object.keys(relays).length > 0 ? INTERNAL_SERVICES + CLIENT_SERVICE : INTERNAL_SERVICES,
  ].join('\n');
};
