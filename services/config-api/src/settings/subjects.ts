import type {
  CertificateContent,
  CertificatePatch,
  ExchangeConnectionContent,
  ExchangeConnectionPatch,
  ExchangeConnectionPut,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
} from '@postausgang/contracts';
import { certificateKind, exchangeConnectionKind, outgoingServerKind } from '@postausgang/settings';
import type { CertificatePut } from '@postausgang/settings';
import type { Subject } from './subject.ts';

export const outgoingServers: Subject<OutgoingServerContent, OutgoingServerPut, OutgoingServerPatch> = {
  kind: outgoingServerKind,
  all: ({ servers }) => servers,
  write: (store, data, event) => store.write('settingsChanged', data.resource, data, event),
};

export const exchangeConnections: Subject<
  ExchangeConnectionContent | null,
  ExchangeConnectionPut,
  ExchangeConnectionPatch
> = {
  kind: exchangeConnectionKind,
  all: ({ exchangeConnections: connections }) => connections,
  write: (store, data, event) => store.write('exchangeConnectionChanged', data.resource, data, event),
};

export const certificates: Subject<CertificateContent | null, CertificatePut, CertificatePatch> = {
  kind: certificateKind,
  all: (settings) => settings.certificates,
  write: (store, data, event) => store.write('certificateChanged', data.resource, data, event),
};
