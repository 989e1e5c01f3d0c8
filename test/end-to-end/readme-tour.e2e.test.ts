import { test } from 'tap';
import { freePort } from '../peers/free-port.ts';
import { requirePeer } from '../peers/peer.ts';
import { firstSteps, linkCheckout, read, runTour, shellBlocks } from './tour.ts';

test('the first steps of the README work word for word with nothing else at hand', async (t) => {
  const directory = t.testdir();
  linkCheckout(directory);
  const blocks = firstSteps();
  t.equal(blocks.length, 6, 'start, save, test, send, see, change');
  const { code, printed, everything } = await runTour(directory, blocks, { PORT: String(await freePort()) });
  if (code !== 0) t.comment(everything);
  t.equal(code, 0, 'every command ends well');
  const [, saved, tested, sent, arrived, changed] = printed;
  t.match(saved, /"version":1,.*"applied":\{"state":"applied"/s, 'saved and in use');
  t.match(tested, /"state":"ok".*"name":"authenticate","state":"ok"/s, 'the connection test passes');
  t.match(sent, /"messageId":".*"state":"(queued|sending|sent)"/, 'the mail is accepted');
  t.match(arrived, /"sender":"erp@acme\.example".*"subject":"Order 4710"/, 'and arrives');
  t.match(
    changed,
    /"version":2,.*"sender":"sales@acme\.example".*Order 4711/s,
    'the next one goes the new way',
  );
  t.match(everything, /"msg":"stopping/, 'the service stops in good order');
});

test('the tour continues there with real mail servers, word for word', async (t) => {
  if (!requirePeer(t, 'postfix', 'openssl')) return;
  const directory = t.testdir();
  linkCheckout(directory);
  const tour = shellBlocks(read('docs/tour.md'));
  t.equal(tour.length, 9, 'the tour has its blocks');
  const first = firstSteps();
  const { code, printed, everything } = await runTour(directory, [...first, ...tour], {
    PORT: String(await freePort()),
  });
  if (code !== 0) t.comment(everything);
  t.equal(code, 0, 'every command ends well');
  const [, , saved, tested, sent, arrived, changed, , history] = printed.slice(first.length);
  t.match(saved, /"version":3,.*"applied":\{"state":"applied"/s, 'saved and in use');
  t.match(tested, /"state":"ok".*"name":"authenticate","state":"ok"/s, 'the connection test passes');
  t.match(sent, /"messageId":".*"state":"(queued|sending|sent)"/, 'the mail with a PDF is accepted');
  t.match(
    arrived,
    /"outcome":"sent","reply":"250 2\.0\.0 Ok: queued/,
    'the status names the reply of the server',
  );
  t.match(changed, /"version":4,.*"applied":\{"state":"applied"/s, 'the change is in use');
  t.match(
    history,
    /"reason":"new provider".*"reason":"a real server".*"version":5/s,
    'the history tells, and the revert is done',
  );
  t.match(everything, /"msg":"stopping/, 'the service stops in good order');
});
