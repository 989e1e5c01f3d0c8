import type { Credential } from '@postausgang/contracts';
import { Gauge, type Registry } from 'prom-client';

/** How long certificates and client secrets are still good for. */
export function addCredentialMetrics(registry: Registry, credentials: () => readonly Credential[]): void {
  const gauge = new Gauge({
    name: 'postausgang_credential_expiry_timestamp_seconds',
    help: 'When a certificate or client secret expires, in seconds since 1970',
    labelNames: ['resource', 'credential'],
    registers: [registry],
    collect() {
      gauge.reset();
      for (const { resource, credential, expiresAt } of credentials()) {
        gauge.set({ resource, credential }, Date.parse(expiresAt) / 1000);
      }
    },
  });
}
