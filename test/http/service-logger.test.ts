import { test } from 'tap';
import { createServiceLogger, shortForm } from '../../packages/http/src/service-logger.ts';

test('a person at a terminal reads a short form of each line', (t) => {
  const lines: string[] = [];
  const out = { isTTY: true, write: (line: string) => lines.push(line) > 0 };
  const logger = createServiceLogger({ level: 'info', service: 'mailer', instance: 'm1', out });
  logger.debug('not this');
  logger.info({ id: '7', domains: ['example.com', 'example.org'], code: undefined }, 'Mail sent');
  logger.error({ err: new Error('gone') }, 'a mail event cannot be written');
  t.match(lines[0], /^\d\d:\d\d:\d\d info  Mail sent id=7 domains=example\.com,example\.org\n$/);
  t.match(lines[1], /^\d\d:\d\d:\d\d error a mail event cannot be written err=Error: gone\n {4}at /);
  t.equal(lines.length, 2);
  t.end();
});

test('the short form takes whatever a line has', (t) => {
  const line = {
    level: 'warn',
    time: '2026-11-23T08:15:00Z',
    msg: 'x',
    a: null,
    b: { c: [1, 'd'] },
    e: [{ f: 1 }],
  };
  t.match(
    shortForm(JSON.stringify(line)),
    /^\d\d:\d\d:\d\d warn  x a=null b=\{"c":\[1,"d"\]\} e=\{"f":1\}\n$/,
  );
  t.end();
});
