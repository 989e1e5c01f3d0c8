import { X509Certificate } from 'node:crypto';
import { tlsServerEndPoint } from '../../packages/net/src/channel-binding.ts';
import type { Certificate } from './certificates.ts';
import { createNtlmAcceptor, type NtlmAcceptorOptions } from './ntlm-acceptor.ts';
import type { SaslServer } from './scripted-login.ts';
import { type ScriptedSmtp, startScriptedSmtp } from './scripted-smtp.ts';

/** An SMTP server with NTLM that checks everything MS-NLMP lets it check, the TLS connection too. */
export function startStrictNtlmSmtp(
  certificate: Certificate,
  options: NtlmAcceptorOptions,
): Promise<ScriptedSmtp> {
  const bound = Buffer.from(tlsServerEndPoint(new X509Certificate(certificate.certificate)) ?? []);
  const sasl = {
    NTLM: ({ secure }: { secure: boolean }): SaslServer => {
      const acceptor = createNtlmAcceptor({ ...(secure ? { channelBinding: bound } : {}), ...options });
      return (response) => {
        const answer = acceptor.accept(Buffer.from(response, 'base64'));
        if (answer.kind === 'challenge') return { challenge: answer.token.toString('base64') };
        const isIn = answer.kind === 'accepted';
        return {
          verdict: isIn ? '235 2.7.0 Accepted' : `535 5.7.3 Authentication unsuccessful ${answer.why}`,
        };
      };
    },
  };
  return startScriptedSmtp({ certificate, extensions: ['AUTH NTLM'], sasl });
}
