import { Type } from '@sinclair/typebox';
import {
  CertificateListSchema,
  closed,
  ImportedRecipientsSchema,
  ImportRecipientsSchema,
  Line,
} from '@postausgang/contracts';
import type { HttpServer } from '@postausgang/http';
import { recipientCertificates } from '@postausgang/settings';
import { idOfForeignCertificate } from '../certificates/certificates.ts';
import type { RecipientCandidate } from '../certificates/import-certificate.ts';
import { certificates } from '../settings/changes.ts';
import { currentCertificate, storeCertificate } from './certificate-routes.ts';
import { creationProblems } from './changes.ts';
import type { RouteContext } from './route-context.ts';

const tags = ['certificates'];
const bodyLimit = 2 * 1024 * 1024;

const listSchema = {
  operationId: 'listRecipientCertificates',
  summary: 'Certificates that mail is encrypted with',
  description:
    'With `address` those for one address, the one that is used first: the newest valid one. Each can be read and ' +
    'deleted under `/v1/certificates/{id}`.',
  tags,
  querystring: Type.Object({ address: Type.Optional(Line(254)) }, closed),
  response: { 200: CertificateListSchema },
};

const importSchema = {
  operationId: 'importRecipientCertificates',
  summary: 'Import certificates of recipients, any number at once',
  description:
    'PEM, DER or PKCS#7. Certificates of authorities in the file are kept as the chains of the others. What cannot be ' +
    'encrypted with is refused with its reasons; the rest of the file is imported.',
  tags,
  querystring: Type.Object({ reason: Type.Optional(Line(500)) }, closed),
  body: ImportRecipientsSchema,
  response: { 200: ImportedRecipientsSchema },
};

/** The certificates of recipients: looking one up by its address, and importing many. */
export function addRecipientCertificateRoutes(app: HttpServer, context: RouteContext): void {
  const { store, now } = context;
  const readConfig = { scopes: ['settings:read'] } as const;
  app.get('/recipient-certificates', { schema: listSchema, config: readConfig }, async ({ query }) => {
    const { address } = query;
    const all = certificates.all(store.state);
    const chosen =
      address === undefined
        ? [...all.values()].filter(({ content }) => content?.kind === 'recipient')
        : recipientCertificates(store.state, address, now().getTime()).flatMap(
            ({ resource }) => all.get(resource) ?? [],
          );
    return { items: chosen.flatMap((state) => currentCertificate(context, state) ?? []) };
  });

  const config = {
    scopes: ['settings:write'],
    problems: [...creationProblems, 'certificate-invalid'],
  } as const;
  const options = { schema: importSchema, config, bodyLimit };
  app.post('/recipient-certificates', options, async ({ body, query, principal }) => {
    const { recipientsOfUpload } = await import('../certificates/import-certificate.ts');
    const items = [];
    for (const candidate of recipientsOfUpload(body, now())) {
      const { put, findings } = candidate;
      const id = idOfForeignCertificate(put);
      const isKnown = (all: ReturnType<typeof certificates.all>): boolean =>
        (all.get(`${certificates.kind.prefix}${id}`)?.content ?? null) !== null;
      const known = isKnown(certificates.all(store.state));
      if (findings.length === 0 && !known) {
        await storeCertificate(context, id, put, principal, query.reason);
      }
      items.push(outcomeOf(candidate, id, known));
    }
    return { items };
  });
}

function outcomeOf({ put, findings }: RecipientCandidate, id: string, isKnown: boolean) {
  const { subject = '', addresses = [], validTo = '' } = put.details ?? {};
  const isRefused = findings.length > 0;
  const state = isRefused ? ('refused' as const) : isKnown ? ('known' as const) : ('imported' as const);
  return { state, id: isRefused ? null : id, subject, addresses, validTo, findings: [...findings] };
}
