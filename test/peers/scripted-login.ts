import { act, argumentOf } from './scripted-session.ts';
import type { Session } from './scripted-session.ts';
import { reply } from './smtp-script.ts';

const CHALLENGES: Readonly<Record<string, readonly string[]>> = {
  LOGIN: ['334 VXNlcm5hbWU6', '334 UGFzc3dvcmQ6'],
  'CRAM-MD5': [`334 ${Buffer.from('<1.2@scripted.test>').toString('base64')}`],
};

/** The server's side of a SASL exchange: the next challenge, or the last word. Tokens are base64. */
export type SaslServer = (response: string) => { challenge: string } | { verdict: string };

function exchange(
  session: Session,
  server: SaslServer,
  response: string | undefined,
  argument: string,
): void {
  const answer = response === undefined ? { challenge: '' } : server(response);
  if ('verdict' in answer) return void act(session, 'auth', argument, reply(answer.verdict));
  session.connection.perform(reply(`334 ${answer.challenge}`));
  session.nextLine = (line) => exchange(session, server, line, argument);
}

/** AUTH: asks for what the mechanism still lacks, then gives the script's verdict. Any credentials are right. */
export function authenticate(session: Session, line: string): void {
  const [mechanism = '', ...initialResponse] = argumentOf(line).split(' ');
  const server = session.options.sasl[mechanism.toUpperCase()]?.(session.conversation);
  if (server !== undefined) return exchange(session, server, initialResponse[0], argumentOf(line));
  const challenges = CHALLENGES[mechanism.toUpperCase()] ?? ['334 '];
  ask(session, challenges.slice(initialResponse.length), argumentOf(line));
}

function ask(session: Session, challenges: readonly string[], argument: string): void {
  const [challenge, ...rest] = challenges;
  if (challenge === undefined) return giveVerdict(session, argument);
  session.connection.perform(reply(challenge));
  session.nextLine = (line) => ask(session, rest, line);
}

/** A verdict of 334 (what XOAUTH2 servers send before they refuse) is followed by one more line and a last word. */
function giveVerdict(session: Session, argument: string): void {
  if (act(session, 'auth', argument, reply('235 2.7.0 Accepted')) !== 334) return;
  session.nextLine = (line) => void act(session, 'auth-response', line, reply('535 5.7.8 Rejected'));
}
