import { test } from 'tap';
import { answersAmong } from '../../packages/mail/src/evolve.ts';
import type { MailEvent } from '../../packages/mail/src/mail-event.ts';
import type { Mail } from '../../packages/mail/src/mail.ts';
import { about, eventOf, fold, held, mailAfter, place, sent, started, unknown } from './mail-events.ts';

const address = 'a@x.example';
const command = {
  id: 'c1',
  source: '/erp',
  verb: 'hold',
  actor: null,
  requestedBy: null,
  reason: null,
} as const;

/** The same event, decided on a version of the mail. */
function decidedOn<Event extends MailEvent>(event: Event, expectedVersion: number): Event {
  return { ...event, data: { ...event.data, expectedVersion } };
}

const intent = started(1, [address]);
const holds = eventOf('mailHeld', { ...about, reason: 'requested', command }, { id: 'held' });
const cancels = eventOf(
  'mailCancelled',
  { ...about, state: 'cancelled', recipients: [{ address, outcome: 'cancelled' }], command },
  { id: 'cancelled' },
);

const mail = mailAfter([address], []);
const after = (from: Mail, ...events: MailEvent[]): Mail => fold(events, from) as Mail;

test('what was decided on another version of the mail changes nothing', async (t) => {
  t.equal(mail.version, 1);
  for (const event of [intent, holds, cancels]) {
    t.equal(after(mail, decidedOn(event, 1)).version, 2, event.type);
    t.equal(after(mail, decidedOn(event, 2)), mail, `${event.type} of a version to come`);
    const moved = after(mail, decidedOn(holds, 1));
    t.equal(after(moved, decidedOn({ ...event, id: 'late' }, 1)), moved, `${event.type} behind a hold`);
  }
  t.equal(after(mail, decidedOn(holds, 1), decidedOn(intent, 1)).state, 'held');
  t.equal(after(mail, decidedOn(intent, 1), decidedOn(cancels, 1)).state, 'sending');
});

test('events of earlier releases count without a version', async (t) => {
  t.equal(after(mail, held('h1'), intent).state, 'sending', 'an intent behind a hold');
  t.equal(after(mail, intent, cancels).state, 'sending');
  t.match(after(mail, holds, cancels), { state: 'cancelled', version: 3 });
});

test('what has happened counts whatever the version, and moves it', async (t) => {
  const lost = after(mail, decidedOn(intent, 1), unknown(1, [{ address, outcome: 'unknown' }]));
  t.match([lost.state, lost.version], ['unknown', 3]);
  const late = after(lost, sent(1, [{ address, outcome: 'sent' }]));
  t.match([late.state, late.version], ['sent', 4]);
  t.equal(after(late, sent(1, [{ address, outcome: 'sent' }])).version, 4, 'a repeat is nothing new');
});

test('an attempt that handed nothing over ends its open intent, or tells of the mail it began with', async (t) => {
  const broken = decidedOn(sent(1, [{ address, outcome: 'rejected' }]), 1);
  const open = after(mail, decidedOn(intent, 1));
  t.not(after(open, broken).state, 'sending', 'its own intent is open');
  t.not(after(mail, broken), mail);
  const moved = after(mail, decidedOn(holds, 1));
  t.equal(after(moved, broken), moved);
});

test('a refusal and a resolution beside waiting recipients move no version', async (t) => {
  const declined = eventOf('mailCommandDeclined', {
    mailId: 'mail-1',
    command,
    code: 'mail-sending',
    detail: '',
  });
  t.match(after(mail, decidedOn(declined, 1)), { version: 1, history: [{ entry: 'declined' }] });
  const two = mailAfter([address, 'b@x.example'], [intent]);
  const waits = after(two, unknown(1, [{ address, outcome: 'unknown' }]));
  t.equal(waits.state, 'deferred');
  const resolved = (id: string) =>
    decidedOn(
      eventOf(
        'mailResolved',
        {
          ...about,
          state: 'deferred',
          by: 'person',
          outcome: 'sent',
          recipients: [address],
          resend: false,
          notAfter: null,
          command,
        },
        { id },
      ),
      waits.version,
    );
  const once = after(waits, resolved('r1'));
  t.match([once.version, once.recipients[0]?.outcome], [waits.version, 'sent']);
  t.equal(after(once, resolved('r2')), once, 'it is no longer unknown');
});

test('an answer counts where it is accepted, also when the request is read behind it', async (t) => {
  const [first, late] = [decidedOn(holds, 1), decidedOn({ ...cancels, id: 'late' }, 1)];
  t.same(answersAmong(mail, first, place), [first]);
  t.same(answersAmong(after(mail, first), late, place), []);
  t.same(answersAmong(undefined, first, place), [], 'nobody can tell yet');
  const awaited = fold([first, late]);
  const requested = eventOf('mailRequested', { id: 'mail-1', to: [{ address }] });
  t.same(answersAmong(awaited, requested, place), [first]);
});
