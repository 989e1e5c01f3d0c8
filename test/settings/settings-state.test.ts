import type { EventData } from '@postausgang/contracts';
import {
  createSettingsState,
  defaultContent,
  defaultServer,
  defaultServerOf,
  evolveSettings,
} from '@postausgang/settings';
import { test } from 'tap';
import { anna, eventOf, evolved, initial } from './fixture.ts';

function changed(expectedVersion: number, resource = defaultServer): EventData<'settingsChanged'> {
  const content = { ...defaultContent, timeoutSeconds: 100 + expectedVersion };
  return {
    resource,
    expectedVersion,
    operation: 'put',
    revertedTo: null,
    content,
    actor: anna,
    reason: 'test',
  };
}

test('the default server always exists, switched off', (t) => {
  const state = createSettingsState();
  t.strictSame(defaultServerOf(state), initial);
  t.notOk(defaultServerOf(state).content.enabled);
  state.servers.clear();
  t.strictSame(defaultServerOf(state), initial);
  t.end();
});

test('an accepted change is the new version, and what it was stays readable', (t) => {
  const state = createSettingsState();
  const event = eventOf('settingsChanged', changed(0));
  t.equal(evolveSettings(state, event), 'accepted');
  const first = defaultServerOf(state);
  t.strictSame(first, {
    resource: defaultServer,
    version: 1,
    content: event.data.content,
    latestChange: {
      version: 1,
      eventId: event.id,
      changedAt: event.time,
      actor: anna,
      operation: 'put',
      revertedTo: null,
      reason: 'test',
      content: event.data.content,
      before: initial.content,
      previous: null,
    },
  });
  t.equal(evolveSettings(state, eventOf('settingsChanged', changed(1))), 'accepted');
  t.equal(first.version, 1, 'a state that was read earlier does not move');
  t.equal(defaultServerOf(state).latestChange?.previous, first.latestChange);
  t.end();
});

test('an event id already seen is ignored, whatever became of it and whatever it says', (t) => {
  const state = createSettingsState();
  const accepted = eventOf('settingsChanged', changed(0));
  const conflicting = eventOf('settingsChanged', changed(7));
  const verdicts = [
    accepted,
    accepted,
    conflicting,
    { ...conflicting, data: changed(1) },
    eventOf('apiKeyRevoked', { keyId: 'k', actor: anna }, { id: accepted.id }),
  ].map((event) => evolveSettings(state, event));
  t.strictSame(verdicts, ['accepted', 'duplicate', 'conflict', 'duplicate', 'duplicate']);
  t.equal(defaultServerOf(state).version, 1);
  t.end();
});

test('an event against another version changes nothing', (t) => {
  const state = createSettingsState();
  evolveSettings(state, eventOf('settingsChanged', changed(0)));
  const before = defaultServerOf(state);
  for (const version of [0, 2, 1.5, -1, NaN]) {
    t.equal(evolveSettings(state, eventOf('settingsChanged', changed(version))), 'conflict');
    t.equal(defaultServerOf(state), before);
  }
  t.equal(evolved(before, eventOf('settingsChanged', changed(1, 'outgoing-servers/b'))), before);
  t.end();
});

test('each server has its own versions; other resources and events are stepped over', (t) => {
  const state = createSettingsState();
  const verdictOn = (resource: string, version = 0) =>
    evolveSettings(state, eventOf('settingsChanged', changed(version, resource)));
  t.equal(verdictOn('outgoing-servers/branch'), 'accepted');
  t.equal(verdictOn('outgoing-servers/branch', 1), 'accepted');
  t.equal(verdictOn(defaultServer), 'accepted');
  t.equal(verdictOn('outgoing-servers/__proto__'), 'accepted');
  t.equal(verdictOn('outgoing-servers/new', 1), 'conflict');
  for (const resource of [
    '',
    'x',
    'outgoing-servers',
    'outgoing-servers/',
    'outgoing-servers/a/b',
    'senders/a',
  ]) {
    t.equal(verdictOn(resource), 'ignored', resource);
  }
  t.equal(evolveSettings(state, eventOf('mailerStarted', { mailerId: 'm' })), 'ignored');
  t.strictSame(
    [...state.servers].map(([resource, { version }]) => [resource, version]),
    [
      [defaultServer, 1],
      ['outgoing-servers/branch', 2],
      ['outgoing-servers/__proto__', 1],
    ],
  );
  t.end();
});

test('a long history costs no more per change than a short one', (t) => {
  const state = createSettingsState();
  const changes = 50_000;
  for (let version = 0; version < changes; version += 1) {
    evolveSettings(
      state,
      eventOf('settingsChanged', { ...changed(0), content: defaultContent, expectedVersion: version }),
    );
  }
  t.equal(defaultServerOf(state).version, changes);
  t.end();
});

test('knows who has signed out, until the session would have ended anyway', (t) => {
  const state = createSettingsState();
  const ended = (sessionId: string, time: string, endsAt: string) =>
    evolveSettings(state, eventOf('sessionEnded', { sessionId, endsAt }, { id: sessionId, time }));
  t.equal(ended('a', '2026-11-23T08:00:00Z', '2026-11-23T16:00:00Z'), 'accepted');
  t.equal(ended('a', '2026-11-23T08:00:00Z', '2026-11-23T16:00:00Z'), 'duplicate');
  t.equal(ended('b', '2026-11-23T12:00:00Z', '2026-11-23T20:00:00Z'), 'accepted');
  t.same([...state.endedSessions.keys()], ['a', 'b']);
  ended('c', '2026-11-23T18:00:00Z', '2026-11-24T02:00:00Z');
  t.same([...state.endedSessions.keys()], ['b', 'c']);
  t.end();
});
