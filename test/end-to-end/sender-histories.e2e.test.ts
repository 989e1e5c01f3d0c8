/** Whose address mail shows, through random histories of keys that may send as few. */
import fc from 'fast-check';
import { test } from 'tap';
import { senderHistories, startSenderStage } from './sender-histories.ts';
import { startStandaloneProcess } from './standalone-process.ts';

test(
  'whatever the key and the history: over HTTP nobody sends as whom he may not',
  { timeout: 220_000 },
  async (t) => {
    const folder = t.testdir();
    const environment = { INSTALLATION_NAME: 'Testsystem' };
    let run = 0;
    let looked = 0;
    const property = fc.asyncProperty(senderHistories({ minLength: 15, maxLength: 25 }), async (steps) => {
      run += 1;
      const stage = await startSenderStage(environment.INSTALLATION_NAME);
      let service = await startStandaloneProcess(`${folder}/data-${run}`, environment);
      try {
        const smtp = {
          hostname: '127.0.0.1',
          port: stage.server.port,
          encryption: 'none',
          authentication: 'none',
        };
        const saved = await service.call('PUT', '/v1/outgoing-servers/default', {
          headers: { 'if-match': '"0"' },
          body: {
            enabled: true,
            serverType: 'smtp',
            senderAddress: { address: 'erp@acme.example' },
            fromPolicy: { kind: 'known-or-domains', domains: ['acme.example', 'shop.example'] },
            smtp,
          },
        });
        if (saved.status !== 200) throw new Error(saved.text);
        await stage.play(service, steps, async () => {
          await service.kill();
          service = await startStandaloneProcess(service.dataDirectory, environment);
          return service;
        });
      } finally {
        await service.kill();
        await stage.server.stop();
      }
      looked += stage.looked();
      if (stage.wrong.length > 0) throw new Error(stage.wrong.join('\n'));
    });
    await fc.assert(property, { numRuns: 1, endOnFailure: true });
    t.ok(looked > 0, `${looked} messages`);
  },
);
