/** Changes with the tables, and with whatever `evolve` makes of the same events. Another version is rebuilt. */
export const viewVersion = 7;

/**
 * Columns beside the row itself exist for an index only; they are null where the row must not be found by it. The
 * partial indexes keep a finished mail out of everything but the lists.
 */
export const viewSchema = `
  CREATE TABLE mails (
    id TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    accepted_at_ms INTEGER NOT NULL,
    business_reference TEXT,
    request_partition INTEGER,
    request_offset INTEGER,
    due_at_ms INTEGER,
    not_after_ms INTEGER,
    ordering_key TEXT,
    finished_at_ms INTEGER,
    held_for TEXT,
    look_up_at_ms INTEGER,
    row TEXT NOT NULL
  ) STRICT;
  CREATE INDEX mails_by_acceptance ON mails (accepted_at_ms, id);
  CREATE INDEX mails_by_state ON mails (state, accepted_at_ms, id);
  CREATE INDEX mails_by_reference ON mails (business_reference, accepted_at_ms, id)
    WHERE business_reference IS NOT NULL;
  CREATE INDEX mails_due ON mails (due_at_ms) WHERE due_at_ms IS NOT NULL;
  CREATE INDEX mails_expiring ON mails (not_after_ms) WHERE not_after_ms IS NOT NULL;
  CREATE INDEX mails_held ON mails (held_for, accepted_at_ms) WHERE held_for IS NOT NULL;
  CREATE INDEX mails_to_look_up ON mails (look_up_at_ms) WHERE look_up_at_ms IS NOT NULL;
  CREATE INDEX mails_in_order ON mails (ordering_key, request_partition, request_offset)
    WHERE ordering_key IS NOT NULL;

  CREATE TABLE positions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next_offset INTEGER NOT NULL,
    last_event_id TEXT,
    PRIMARY KEY (topic, partition)
  ) STRICT;

  CREATE TABLE refusals (
    partition INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    key TEXT NOT NULL,
    mail_id TEXT,
    code TEXT NOT NULL,
    detail TEXT NOT NULL,
    refused_at_ms INTEGER,
    PRIMARY KEY (partition, offset)
  ) STRICT;
  CREATE INDEX refusals_due ON refusals (partition, offset) WHERE refused_at_ms IS NULL;
  CREATE INDEX refusals_by_time ON refusals (refused_at_ms, partition, offset) WHERE refused_at_ms IS NOT NULL;

  CREATE TABLE commands (
    mail_id TEXT NOT NULL,
    id TEXT NOT NULL,
    partition INTEGER,
    offset INTEGER,
    key TEXT,
    command TEXT,
    answered_at_ms INTEGER,
    code TEXT,
    detail TEXT,
    PRIMARY KEY (mail_id, id)
  ) STRICT;
  CREATE INDEX commands_due ON commands (partition, offset) WHERE answered_at_ms IS NULL;
  CREATE INDEX commands_answered ON commands (answered_at_ms) WHERE answered_at_ms IS NOT NULL;

  CREATE TABLE usage (
    partition INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    mails INTEGER NOT NULL,
    recipients INTEGER NOT NULL,
    PRIMARY KEY (partition, minute)
  ) STRICT;
  CREATE INDEX usage_by_minute ON usage (minute);
  PRAGMA user_version = ${viewVersion};
`;
