import { Gauge, type Registry } from 'prom-client';

/** How often the log was synced; beside the number of mails it says how many of them share a sync. */
export function addLogMetrics(registry: Registry, stats: () => { readonly commits: number }): void {
  const commits: Gauge = new Gauge({
    name: 'postausgang_log_commits',
    help: 'Commits of the embedded log since the start, each with one sync',
    registers: [registry],
    collect: () => commits.set(stats().commits),
  });
}
