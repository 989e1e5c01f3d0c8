/** Waiting mails by the flows they belong to: SQL that steps from flow to flow, however many mails are in each. */
import type { DatabaseSync } from 'node:sqlite';
import { type Priority, priorities } from '@postausgang/contracts';
import type { Flow } from '@postausgang/mail';
import type { Backlog, DueQuery, FlowQuery } from './mail-view.ts';

export const ofPartitions = 'request_partition IN (SELECT value FROM json_each(?))';

export const due = `
  SELECT id FROM mails AS mail
  WHERE due_at_ms <= ? AND ${ofPartitions} AND (ordering_key IS NULL OR NOT EXISTS (
    SELECT 1 FROM mails AS earlier
    WHERE earlier.ordering_key = mail.ordering_key AND earlier.request_partition = mail.request_partition
      AND earlier.request_offset < mail.request_offset))
  ORDER BY due_at_ms, seq LIMIT ?`;
const dueOf = due.replace('WHERE', 'INDEXED BY mails_by_flow WHERE flow = ? AND');
export const flowIndex = 'CREATE INDEX mails_by_flow ON mails (flow, due_at_ms) WHERE flow IS NOT NULL;';

/** For a view that had no flows: its mails are all of normal priority. */
export const addFlows = `
  ALTER TABLE mails ADD COLUMN flow TEXT;
  UPDATE mails SET flow = '1' || coalesce(requested_by, '') || char(10) || lower(coalesce(row ->> '$.from', ''))
    WHERE due_at_ms IS NOT NULL;
  ${flowIndex}`;

/** The priority comes first, in the order of `priorities`, so that the index has each of them in one piece. */
export function flowText({ priority, requester, sender }: Flow): string {
  return `${priorities.indexOf(priority)}${requester}\n${sender}`;
}

function readFlow(text: string): Flow {
  const [requester = '', ...sender] = text.slice(1).split('\n');
  return { priority: priorities[Number(text[0])] ?? 'normal', requester, sender: sender.join('\n') };
}

/** Steps from flow to flow, whatever the number of mails in each. */
const dueFlows = `
  WITH RECURSIVE found (flow) AS (
    SELECT (SELECT flow FROM mails WHERE flow > ?1 AND flow < ?2 ORDER BY flow LIMIT 1)
    UNION ALL
    SELECT (SELECT flow FROM mails WHERE flow > found.flow AND flow < ?2 ORDER BY flow LIMIT 1)
    FROM found WHERE found.flow IS NOT NULL LIMIT ?4)
  SELECT flow, EXISTS (SELECT 1 FROM mails WHERE mails.flow = found.flow AND due_at_ms <= ?3) AS due
  FROM found WHERE flow IS NOT NULL`;
const backlog = `
  SELECT substr(flow, 1, 1) AS priority, count(*) AS waiting, sum(due_at_ms <= ?1) AS due, min(due_at_ms) AS oldest
  FROM mails INDEXED BY mails_by_flow WHERE flow IS NOT NULL GROUP BY substr(flow, 1, 1)`;

/** The questions about mails by their flows. */
export function flowQueries(database: DatabaseSync, flush: () => void) {
  const flowsStatement = database.prepare(dueFlows);
  const ofFlow = database.prepare(dueOf);
  const backlogStatement = database.prepare(backlog);
  return {
    dueFlows({ priority, after, nowMs, limit }: FlowQuery) {
      flush();
      const rank = priorities.indexOf(priority);
      const from = after === null ? String(rank) : flowText(after);
      const rows = flowsStatement.all(from, String(rank + 1), nowMs, limit);
      const last = rows.length < limit ? undefined : rows.at(-1);
      return {
        flows: rows.filter(({ due: isDue }) => isDue === 1).map(({ flow }) => readFlow(String(flow))),
        next: last === undefined ? null : readFlow(String(last['flow'])),
      };
    },
    dueOf(flow: Flow, { nowMs, partitions, limit }: DueQuery) {
      flush();
      return ofFlow.all(flowText(flow), nowMs, JSON.stringify(partitions), limit).map(({ id }) => String(id));
    },
    backlog(nowMs: number): Readonly<Record<Priority, Backlog>> {
      flush();
      const rows = new Map(
        backlogStatement.all(nowMs).map((row) => [priorities[Number(row['priority'])], row]),
      );
      const of = (priority: Priority): Backlog => {
        const { waiting = 0, due: dueNow = 0, oldest } = rows.get(priority) ?? {};
        const isAnyDue = Number(dueNow) > 0;
        return {
          due: Number(dueNow),
          later: Number(waiting) - Number(dueNow),
          oldestDueAtMs: isAnyDue && typeof oldest === 'number' ? oldest : undefined,
        };
      };
      return { urgent: of('urgent'), normal: of('normal'), bulk: of('bulk') };
    },
  };
}
