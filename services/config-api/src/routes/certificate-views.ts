import type { CertificateView } from '@postausgang/contracts';
import {
  type CertificateState,
  certificateVersion,
  certificateView,
  referencesOf,
} from '@postausgang/settings';
import { issuerKnownIn } from '../certificates/issuer-known.ts';
import type { RouteContext } from './route-context.ts';

type Context = Pick<RouteContext, 'store' | 'now'>;

/** The certificate as GET answers it; undefined while there is none. */
export function currentCertificate(context: Context, state: CertificateState): CertificateView | undefined {
  return certificateView(state, ...surroundings(context));
}

/** An earlier version. */
export function earlierCertificate(context: Context, state: CertificateState, version: number) {
  return certificateVersion(state, version, ...surroundings(context));
}

function surroundings({ store, now }: Context) {
  return [referencesOf(store.state, now().getTime()), issuerKnownIn(store.state)] as const;
}
