import { type Failure, failure } from '@postausgang/contracts';
import type { Transport } from '@postausgang/mail';
import { withinTime } from '../within-time.ts';
import type { BuildResult } from './applier.ts';

type Opened =
  { readonly ok: true; readonly transport: Transport } | { readonly ok: false; readonly failure: Failure };

/** A server that accepts a connection and then says nothing must not keep the receipt waiting for an hour. */
const openingTimeMs = 60_000;

/** What came of opening a transport. What a server says may change by itself, so building is tried again. */
export async function openWithin(opening: Promise<Opened>): Promise<BuildResult> {
  const result = await withinTime(opening, openingTimeMs);
  if (result === undefined) {
    void opening.then((late) => (late.ok ? late.transport.close() : undefined));
    return { ok: false, failure: failure('connection-timeout'), retry: true };
  }
  return result.ok ? result : { ok: false, failure: result.failure, retry: true };
}

/** Nothing but another change of the settings helps. */
export function notBuilt(why: Failure): BuildResult {
  return { ok: false, failure: why, retry: false };
}
