/** What can happen next, and what it does. */
import { topics, writeRecord } from '@postausgang/contracts';
import { eventOf, minuteMs, request } from '../../mail/mail-events.ts';
import { rules } from '../rules.ts';
import { allReplies, createWorld, type Reply } from '../world.ts';
import type { Dialogue, Opening } from './mailers.ts';
import { bulkIdOf, type Client, fail, hasLanded, idOf, type Scene, takeCommand } from './scene.ts';
import type { UnderWay, Unread } from './virtual-log.ts';

export type Action =
  | { readonly kind: 'submit'; readonly mail: number }
  | { readonly kind: 'ask'; readonly command: number }
  | { readonly kind: 'ask-all'; readonly bulk: number }
  | { readonly kind: 'land' | 'hear' | 'miss' | 'refuse' | 'lose'; readonly append: UnderWay }
  | { readonly kind: 'give'; readonly unread: Unread; readonly count: number }
  | { readonly kind: 'open'; readonly dialogue: Dialogue; readonly opening: Opening }
  | { readonly kind: 'reply'; readonly dialogue: Dialogue; readonly reply: Reply }
  | { readonly kind: 'own'; readonly mailer: number; readonly partitions: readonly number[] }
  | { readonly kind: 'crash' | 'pause' | 'resume' | 'switch'; readonly mailer: number }
  | {
      readonly kind: 'start';
      readonly mailer: number;
      readonly keepsView: boolean;
      readonly isBehind: boolean;
    }
  | { readonly kind: 'time' };
/** What can happen next. */
export function enabled(scene: Scene): readonly Action[] {
  const { plan, log, mailers, left } = scene;
  const isPaused = (run: string): boolean => mailers.all.some((one) => one.run?.name === run && one.isPaused);
  const isAlive = (run: string): boolean => mailers.all.some((one) => one.run?.name === run);
  const isAlone = plan.mailers === 1;
  return [
    ...plan.mails.flatMap((_, mail): Action[] =>
      scene.submitted.has(mail) ? [] : [{ kind: 'submit', mail }],
    ),
    ...(isAskable(scene) ? [{ kind: 'ask', command: scene.asked } as const] : []),
    ...(isBulkNext(scene) ? [{ kind: 'ask-all', bulk: scene.askedBulks } as const] : []),
    ...log.underWay().flatMap((append): Action[] => {
      if (append.positions !== null) {
        if (isPaused(append.run)) return [];
        return [{ kind: 'hear', append }, ...(left.miss > 0 ? [{ kind: 'miss', append } as const] : [])];
      }
      return [
        { kind: 'land', append },
        ...(left.refuse > 0 && isAlive(append.run) && !isPaused(append.run)
          ? [{ kind: 'refuse', append } as const]
          : []),
        ...(isAlive(append.run) ? [] : [{ kind: 'lose', append } as const]),
      ];
    }),
    ...log
      .unread()
      .flatMap((unread): Action[] =>
        isPaused(unread.run)
          ? []
          : [...new Set([1, unread.count])].map((count) => ({ kind: 'give', unread, count }) as const),
      ),
    ...mailers
      .dialogues()
      .flatMap((dialogue): Action[] =>
        dialogue.stage === 'content'
          ? openings.map((opening) => ({ kind: 'open', dialogue, opening }) as const)
          : allReplies.map((reply) => ({ kind: 'reply', dialogue, reply }) as const),
      ),
    ...mailers.all.flatMap(({ number: mailer, run, isPaused: paused }): Action[] => {
      if (run === null) {
        return (isAlone ? log.underWay().length === 0 : true)
          ? [
              { kind: 'start', mailer, keepsView: true, isBehind: false },
              { kind: 'start', mailer, keepsView: false, isBehind: false },
              { kind: 'start', mailer, keepsView: false, isBehind: true },
            ]
          : [];
      }
      return [
        ...(left.crash > 0 ? [{ kind: 'crash', mailer } as const] : []),
        ...(paused ? [{ kind: 'resume', mailer } as const] : []),
        ...(!paused && left.pause > 0 ? [{ kind: 'pause', mailer } as const] : []),
        ...(left.switch > 0 ? [{ kind: 'switch', mailer } as const] : []),
        ...(left.own > 0
          ? ownerships.map((partitions) => ({ kind: 'own', mailer, partitions }) as const)
          : []),
      ];
    }),
    ...(left.time > 0 ? [{ kind: 'time' } as const] : []),
  ];
}

/** Whoever asks for something has requested the mail before. */
function isAskable({ plan, asked, worlds }: Scene): boolean {
  const next = plan.commands[asked];
  return next !== undefined && worlds.has(next.data.mailId);
}

function isBulkNext({ plan, asked, askedBulks }: Scene): boolean {
  const next = plan.bulks[askedBulks];
  return next !== undefined && next.after <= asked;
}

const openings: readonly Opening[] = [
  ...Array.from({ length: 5 }, () => 'accepts' as const),
  'accepts-first',
  'rejects',
  'defers',
  'fails',
];
const ownerships: readonly (readonly number[])[] = [[], [0], [1], [0, 1], [0, 1]];

export async function perform(scene: Scene, action: Action): Promise<void> {
  act(scene, action);
  await scene.mailers.settle();
  scene.mailers.faults.forEach((fault) => fail(scene, fault));
}

function act(scene: Scene, action: Action): void {
  const { log, mailers, left } = scene;
  switch (action.kind) {
    case 'submit':
      return submit(scene, action.mail);
    case 'ask':
      return ask(scene, action.command);
    case 'ask-all':
      return askForAll(scene, action.bulk);
    case 'land':
      return log.land(action.append).forEach((record) => hasLanded(scene, record));
    case 'hear':
      return log.hear(action.append, 'durable');
    case 'miss':
      left.miss -= 1;
      return log.hear(action.append, 'uncertain');
    case 'refuse':
      left.refuse -= 1;
      return log.hear(action.append, 'refused');
    case 'lose':
      return log.lose(action.append);
    case 'give':
      return log.give(action.unread, action.count);
    case 'open':
      return mailers.open(action.dialogue, action.opening);
    case 'reply':
      return mailers.reply(action.dialogue, action.reply);
    case 'time':
      left.time -= 1;
      return void mailers.passTime();
    default:
      return actOn(scene, action);
  }
}

function actOn({ mailers, left }: Scene, action: Extract<Action, { mailer: number }>): void {
  const mailer = mailers.all[action.mailer];
  if (mailer === undefined) throw new Error('no such mailer');
  switch (action.kind) {
    case 'own':
      left.own -= 1;
      return mailers.own(mailer, action.partitions);
    case 'crash':
      left.crash -= 1;
      return mailers.crash(mailer);
    case 'start':
      return mailers.start(mailer, action);
    case 'pause':
      left.pause -= 1;
      return mailers.pause(mailer);
    case 'resume':
      return mailers.resume(mailer);
    case 'switch':
      left.switch -= 1;
      return mailers.switch(mailer);
    default:
      return action satisfies never;
  }
}
function submit(scene: Scene, mail: number): void {
  const { log, mailers, plan, submitted, worlds } = scene;
  const planned = plan.mails[mail];
  if (planned === undefined) throw new Error('no such mail');
  const { to, onUnknown, withinMinutes, orderingKey } = planned;
  const id = idOf(mail);
  const notAfter = withinMinutes === null ? null : new Date(mailers.nowMs() + withinMinutes * minuteMs);
  const data = request(to, {
    id,
    onUnknown,
    ...(notAfter === null ? {} : { notAfter: notAfter.toISOString() }),
    ...(orderingKey === null ? {} : { orderingKey }),
  });
  const time = new Date(mailers.nowMs()).toISOString();
  const event = eventOf('mailRequested', data, { id: `request-${id}`, time });
  const key = orderingKey ?? id;
  const { position } = log.write(topics.mailRequests.name, writeRecord(key, event));
  const scenario = {
    recipients: to,
    mailers: plan.mailers,
    onUnknown,
    script: [],
    replies: [],
    budget: noBudget,
  };
  const first = rules.mail.evolve(undefined, event, { ...position, key });
  if (first === undefined || first.state === 'awaited') throw new Error('no mail');
  submitted.add(mail);
  worlds.set(id, { ...createWorld(rules, scenario), rows: [first] });
}

const noBudget = { attempts: 0, crashes: 0, repeats: 0, expiries: 0, switches: 0, silences: 0 };

function ask(scene: Scene, n: number): void {
  const { log, mailers, plan, clients } = scene;
  const command = plan.commands[n];
  if (command === undefined) throw new Error('no such command');
  scene.asked += 1;
  const { mailId } = command.data;
  const orderingKey = plan.mails[Number(mailId.slice(5)) - 1]?.orderingKey;
  for (const { run } of mailers.all) {
    // Who does not know the mail yet is asked for nothing.
    if (run?.queue.find(mailId) === undefined) continue;
    const client: Client = { run: run.name, commandId: command.id };
    clients.push(client);
    void run.queue.answerTo(mailId, command.id).then(({ code }) => (client.told = code));
  }
  log.write(topics.mailRequests.name, writeRecord(orderingKey ?? mailId, command));
  takeCommand(scene, command);
}

function askForAll(scene: Scene, n: number): void {
  const { log, mailers, plan } = scene;
  const bulk = plan.bulks[n];
  if (bulk === undefined) throw new Error('no such bulk command');
  scene.askedBulks += 1;
  const time = new Date(mailers.nowMs()).toISOString();
  const event = eventOf('mailBulkRequested', { verb: bulk.verb, filter: {} }, { id: bulkIdOf(n), time });
  log.write(topics.mailRequests.name, writeRecord(`bulk-${n + 1}`, event));
}
