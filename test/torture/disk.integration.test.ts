import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'tap';
import { startStandaloneProcess } from '../end-to-end/standalone-process.ts';
import { requirePeer } from '../peers/peer.ts';
import { mountSmallDisk } from '../peers/small-disk.ts';
import { waitFor } from '../peers/wait-for.ts';
import { settledMails } from './all-mails.ts';
import { failCalls } from './disk/failing-disk.ts';
import { becomes, nothingIsLost, server, start } from './disk/running.ts';

test('a full disk refuses mail with 507 and goes on when there is space', async (t) => {
  const disk = await mountSmallDisk(t, 64);
  if (disk === undefined) return;
  const running = await start(t, join(disk.path, 'data'));
  const { service, submit, readiness, accepted } = running;
  t.equal(await readiness(), '200 ok');
  await disk.fill(6_000_000);
  await waitFor('the disk to be full', async () =>
    (await submit(200_000)) === '507 log-full' ? true : undefined,
  );
  const before = accepted.size;
  t.ok(before > 0, 'some mail was taken');
  t.equal(await readiness(), '503 log-full');
  t.equal(await submit(200_000), '507 log-full', 'again');
  const { headers } = await service.call('GET', server);
  const saved = await service.call('PATCH', server, {
    headers: { 'if-match': headers.get('etag') ?? '' },
    body: { senderAddress: { name: 'x'.repeat(60), address: 'erp@acme.example' } },
  });
  t.ok(
    saved.status === 200 || saved.status === 507,
    `settings are saved or refused with a problem: ${saved.status}`,
  );
  await disk.free();
  t.ok(await becomes('200 ok', readiness), 'ready again, without anybody doing anything');
  t.equal(await submit(200_000), '202');
  await nothingIsLost(t, running);
  t.comment(
    `figures: disk full: ${before} mails taken before, then 507; 0 lost, 0 sent twice, ready again with space`,
  );
});

test('content without room is refused with 507 while other mail goes', async (t) => {
  const disk = await mountSmallDisk(t, 64);
  if (disk === undefined) return;
  const running = await start(t, join(disk.path, 'data'));
  await disk.fill(900_000);
  t.equal(await running.submit(1_500_000), '507 store-full');
  t.equal(await running.submit(), '202', 'what needs no content store is taken');
  await disk.free();
  t.equal(await running.submit(1_500_000), '202');
  await nothingIsLost(t, running);
});

test('a disk that becomes read-only or breaks is a problem, not the end', async (t) => {
  if (!requirePeer(t, 'strace')) return;
  const running = await start(t, join(t.testdir(), 'data'));
  const { service, submit, readiness } = running;
  t.equal(await submit(), '202');
  const writing = 'pwrite64,ftruncate,fdatasync,fsync,access,faccessat,faccessat2';
  const readOnly = await failCalls(service.pid, service.dataDirectory, writing, 'EROFS');
  t.equal(await submit(), '503 log-unavailable', 'read-only');
  t.equal(await readiness(), '503 log-unavailable');
  await readOnly();
  t.ok(await becomes('200 ok', readiness));
  t.equal(await submit(), '202', 'writable again');
  const broken = await failCalls(
    service.pid,
    service.dataDirectory,
    'fdatasync,fsync,access,faccessat,faccessat2',
    'EIO',
  );
  t.equal(await submit(), '503 log-unavailable', 'a sync that fails is no acceptance');
  await broken();
  t.ok(await becomes('200 ok', readiness));
  t.equal(await submit(), '202', 'and works again');
  await nothingIsLost(t, running);
  t.comment(
    'figures: read-only and failing syncs: 503 with a problem, ready false, both back without a restart; 0 lost',
  );
});

test('a start on a read-only disk says so', async (t) => {
  const disk = await mountSmallDisk(t, 64);
  if (disk === undefined) return;
  const running = await start(t, join(disk.path, 'data'));
  t.equal(await running.submit(), '202');
  await settledMails(running.service);
  await running.service.stop();
  disk.remount('ro');
  const main = new URL('../../services/standalone/src/main.ts', import.meta.url).pathname;
  const environment = { PATH: process.env['PATH'] ?? '', PORT: '0', DATA_DIR: running.service.dataDirectory };
  const ended = await new Promise<{ code: unknown; said: string }>((resolve) => {
    execFile(process.execPath, [main], { env: environment }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, said: stdout + stderr }),
    );
  });
  t.equal(ended.code, 1);
  t.match(ended.said, /read-?only|EROFS/i, 'the reason is in what it prints');
  disk.remount('rw');
  const again = await startStandaloneProcess(running.service.dataDirectory);
  const mails = await settledMails(again);
  t.equal(mails.size, 1, 'and writable again, everything is there');
  t.equal(await again.stop(), 0);
});
