import { clockVariables } from './faketime.ts';

export type DovecotConfiguration = {
  directory: string;
  port: number;
  certificateFile: string;
  keyFile: string;
  /** Where submitted mail goes on to. */
  relay: { host: string; port: number };
  mechanisms: readonly string[];
  /** Variables that its processes get, beside those of the system. */
  environment: Readonly<Record<string, string>>;
  /** More lines; they win. */
  settings: string;
};

/** A submission server (RFC 6409) with STARTTLS; every user lives as `nobody`. */
export const dovecotConf = (configuration: DovecotConfiguration): string => {
  const { directory, port, certificateFile, keyFile, relay, mechanisms, environment } = configuration;
  return `
base_dir = ${directory}/run
state_dir = ${directory}/state
log_path = ${directory}/dovecot.log
auth_verbose = yes
auth_debug = yes
auth_failure_delay = 0 secs
import_environment = ${[...clockVariables, ...Object.entries(environment).map(([name, value]) => `${name}=${value}`)].join(' ')}
protocols = submission
listen = 127.0.0.1
hostname = mail.test
ssl = yes
ssl_cert = <${certificateFile}
ssl_key = <${keyFile}
auth_mechanisms = ${mechanisms.join(' ')}
auth_username_format = %n
mail_location = maildir:~/Maildir
passdb {
  driver = static
  mechanisms = gssapi gss-spnego
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${directory}/home/%u
}
submission_relay_host = ${relay.host}
submission_relay_port = ${relay.port}
# No waiting after failed sign-ins.
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service submission-login {
  inet_listener submission {
    port = ${port}
  }
}
${configuration.settings}
`;
};
