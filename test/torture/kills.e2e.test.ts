import { test } from 'tap';
import { connections, figuresLine, runKills } from './kills/kill-run.ts';
import { type KillPoint, killPoints } from './kills/points.ts';

/** 1,000 and 50,000, and 200 with `npm run torture -- kills`. */
const kills = Number(process.env['TORTURE_KILLS'] ?? killPoints.length + 6);
const leastMails = Number(process.env['TORTURE_KILL_MAILS'] ?? 0);
const resendKills = Number(process.env['TORTURE_RESEND_KILLS'] ?? 6);

type Plan = readonly (KillPoint | 'any time')[];

/** Half at named points, and every one of them at least once. */
function planOf(count: number): Plan {
  const named = Math.max(Math.ceil(count / 2), Math.min(count, killPoints.length));
  const turns: Plan[] = Array.from({ length: named }, (_, index) => {
    const point = killPoints[index % killPoints.length] ?? 'any time';
    return index < count - named ? [point, 'any time'] : [point];
  });
  return turns.flat();
}

/** The points around the dot, where a mail is sent again. */
const resendPoints: Plan = [
  'after-dot',
  'after-reply',
  'any time',
  'before-outcome-commit',
  'after-intent-commit',
  'before-dot',
];

const timeout = 600_000 + Math.max(kills, resendKills) * 6_000;

test('hold: kills lose nothing and double nothing', { timeout }, async (t) => {
  const figures = await runKills({
    directory: t.testdir(),
    plan: planOf(kills),
    leastMails,
    onUnknown: 'hold',
    onProgress: (line) => t.comment(line),
  });
  t.comment(`figures: ${figuresLine(figures)}`);
  t.ok(figures.accepted > figures.kills, 'mail was under way');
  t.same(figures.lost, [], 'every accepted mail has its outcome');
  t.same(figures.wronglySent, [], 'sent means taken once');
  t.equal(figures.repeated, 0, 'nothing is taken twice');
  t.ok(figures.unknown <= connections * figures.kills, `at most ${connections} unknown per kill`);
  t.same(
    planOf(kills).filter((point) => point !== 'any time' && !figures.atPoint.has(point)),
    [],
    'every named point was come to',
  );
});

test('resend: what is sent again after a kill is the same, byte for byte', { timeout }, async (t) => {
  const figures = await runKills({
    directory: t.testdir(),
    plan: Array.from(
      { length: resendKills },
      (_, index) => resendPoints[index % resendPoints.length] ?? 'any time',
    ),
    leastMails: 0,
    onUnknown: 'resend',
    onProgress: (line) => t.comment(line),
  });
  t.comment(`figures: ${figuresLine(figures)}`);
  t.same(figures.lost, [], 'every accepted mail has its outcome');
  t.equal(figures.unknown, 0, 'none stays unknown');
  t.ok(figures.repeated > 0, 'some were sent again');
  t.same(figures.differing, [], 'byte for byte the same');
});
