import type { Actor } from '@postausgang/contracts';
import type { Principal } from '@postausgang/http-server';

/** Who a change is put down to. */
export function actorOf({ kind, id, name }: Principal): Actor {
  return { kind, id, name };
}
