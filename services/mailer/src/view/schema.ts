/** Changes with the tables, and with whatever `evolve` makes of the same events. Another version is rebuilt. */
export const viewVersion = 3;

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
    row TEXT NOT NULL
  ) STRICT;
  CREATE INDEX mails_by_acceptance ON mails (accepted_at_ms, id);
  CREATE INDEX mails_by_state ON mails (state, accepted_at_ms, id);
  CREATE INDEX mails_by_reference ON mails (business_reference, accepted_at_ms, id)
    WHERE business_reference IS NOT NULL;
  CREATE INDEX mails_due ON mails (due_at_ms) WHERE due_at_ms IS NOT NULL;
  CREATE INDEX mails_expiring ON mails (not_after_ms) WHERE not_after_ms IS NOT NULL;
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
    PRIMARY KEY (partition, offset)
  ) STRICT;
  PRAGMA user_version = ${viewVersion};
`;
