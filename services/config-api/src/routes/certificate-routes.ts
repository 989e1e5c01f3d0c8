/*
 * Certificates over HTTP: importing them, creating keys that wait for one, and the certificates of recipients, which come
 * many in a file. What reads files is loaded when one comes.
 */
import { type Static, Type } from '@sinclair/typebox';
import {
  type CertificateContent,
  certificateKinds,
  CertificateListSchema,
  type CertificatePatch,
  CertificatePatchSchema,
  CertificateVersionSchema,
  type CertificateView,
  CertificateViewSchema,
  closed,
  CreateKeySchema,
  CredentialListSchema,
  type Finding,
  ImportCertificateSchema,
  ImportedRecipientsSchema,
  ImportRecipientsSchema,
  IssuedCertificateSchema,
  Line,
  StringEnum,
} from '@postausgang/contracts';
import {
  formatEtag,
  type HttpPlugin,
  type HttpReply,
  type Principal,
  requireScopes,
} from '@postausgang/http';
import {
  type CertificatePut,
  type CertificateState,
  certificateVersion,
  certificateView,
  credentialsOf,
  recipientCertificates,
} from '@postausgang/settings';
import { idOfForeignCertificate, issuerKnownIn } from '../certificates/certificates.ts';
import type { RouteContext } from '../config-api.ts';
import { actorOf, certificates, stateOf } from '../settings/changes.ts';
import {
  applyChange,
  changeProblems,
  creationProblems,
  found,
  requireExisting,
  type VersionedResource,
} from './resource-change.ts';
import { addResourceRoutes } from './resource-routes.ts';
import {
  changedResponse,
  ChangeHeadersSchema,
  createdResponse,
  exampleCertificate,
  idParams,
  ReasonQuerySchema,
  withExamples,
} from './schemas.ts';

const tags = ['certificates'];
/** Room for the largest file as base64. */
const bodyLimit = 2 * 1024 * 1024;
const readConfig = { scopes: ['settings:read'] } as const;
const importConfig = {
  scopes: ['settings:write'],
  problems: [...creationProblems, 'certificate-invalid'],
} as const;
const issuedConfig = {
  scopes: ['settings:write'],
  problems: [...changeProblems, 'certificate-invalid'],
} as const;

const loadImport = () => import('../certificates/read-apart.ts');

type Context = Pick<RouteContext, 'store' | 'now'>;

function surroundings({ store, now }: Context) {
  return [store.references(now().getTime()), issuerKnownIn(store.state)] as const;
}

/** The certificate as GET answers it; undefined while there is none. */
function currentCertificate(context: Context, state: CertificateState): CertificateView | undefined {
  return certificateView(state, ...surroundings(context));
}

function earlierCertificate(context: Context, state: CertificateState, version: number) {
  return certificateVersion(state, version, ...surroundings(context));
}

const certificateResource: VersionedResource<CertificateContent | null, CertificatePut, CertificatePatch> = {
  subject: certificates,
  path: '/certificates',
  tags,
  noun: 'Certificate',
  title: 'a certificate',
  exampleId: '5b1c1f0e',
  operations: ['patch', 'delete'],
  hasApplyStatus: false,
  schemas: {
    put: ImportCertificateSchema,
    patch: withExamples(CertificatePatchSchema, { name: 'S/MIME 2099' }),
    view: CertificateViewSchema,
    version: CertificateVersionSchema,
  },
  descriptions: {
    get: 'Private keys are never returned.',
    change:
      'Requires `If-Match`. Only the name can be changed. Import another certificate as a new resource.',
  },
  viewOf: (context, state, version) =>
    state.version === version
      ? currentCertificate(context, state)
      : (earlierCertificate(context, state, version)?.certificate ?? undefined),
  versionOf: earlierCertificate,
  isReported: () => false,
};

const listSchema = {
  operationId: 'listCertificates',
  summary: 'List the certificates, sorted by expiry',
  tags,
  querystring: Type.Object({ kind: Type.Optional(StringEnum(certificateKinds)) }, closed),
  response: { 200: CertificateListSchema },
};

const importExample = {
  name: 'Kunde',
  kind: 'recipient',
  content: exampleCertificate,
};
const importSchema = {
  operationId: 'importCertificate',
  summary: 'Import a certificate',
  description:
    'The file is PEM, DER, PKCS#7 or PKCS#12. The kind `own` requires the private key in the file, and the scope ' +
    '`secrets:write`. The key is sealed to the mailers and cannot be read here again. If the certificate already ' +
    'exists, it is returned.',
  tags,
  querystring: ReasonQuerySchema,
  body: withExamples(ImportCertificateSchema, importExample),
  response: { 201: createdResponse(CertificateViewSchema) },
};

const keyExample = {
  name: 'S/MIME 2026',
  keyType: 'rsa-3072',
  subject: { commonName: 'ACME GmbH', country: 'DE', addresses: ['erp@acme.example'] },
};
const createKeySchema = {
  operationId: 'createCertificateKey',
  summary: 'Create a private key and a certificate request',
  description:
    'Send `signingRequest` to an authority and import the certificate that it issues. Also requires the scope `secrets:write`.',
  tags,
  querystring: ReasonQuerySchema,
  body: withExamples(CreateKeySchema, keyExample),
  response: { 201: createdResponse(CertificateViewSchema) },
};

const issuedSchema = {
  operationId: 'putIssuedCertificate',
  summary: 'Import the certificate issued for a key',
  description: 'The first certificate, or a renewal for the same key. Requires `If-Match`.',
  tags,
  params: idParams(certificateResource.title, certificateResource.exampleId),
  querystring: ReasonQuerySchema,
  headers: ChangeHeadersSchema,
  body: withExamples(IssuedCertificateSchema, { content: exampleCertificate }),
  response: { 200: changedResponse(CertificateViewSchema) },
};

/** Certificates of every kind, one at a time. */
const oneByOne: HttpPlugin<RouteContext> = async (app, context) => {
  const { store, now, newId } = context;
  app.get('/certificates', { schema: listSchema, config: readConfig }, async ({ query: { kind } }) => ({
    items: [...certificates.all(store.state).values()]
      .filter(({ content }) => kind === undefined || content?.kind === kind)
      .flatMap((state) => currentCertificate(context, state) ?? [])
      .toSorted((a, b) => (a.daysLeft ?? Infinity) - (b.daysLeft ?? Infinity)),
  }));

  const create = async (put: CertificatePut, of: ImportRequest, reply: HttpReply): Promise<HttpReply> => {
    const id = put.kind === 'own' ? newId() : idOfForeignCertificate(put);
    const state = await storeCertificate(context, id, put, of);
    const headers = { etag: formatEtag(state.version), location: `/v1/certificates/${id}` };
    return reply.code(201).headers(headers).send(currentCertificate(context, state));
  };

  const importOptions = { schema: importSchema, config: importConfig, bodyLimit };
  app.post('/certificates', importOptions, async (request, reply) => {
    if (request.body.kind === 'own') requireScopes(request.principal, ['secrets:write']);
    const { certificateOfUpload } = await loadImport();
    return create(await certificateOfUpload(request.body, now()), request, reply);
  });

  const keyOptions = { schema: createKeySchema, config: importConfig };
  app.post('/certificates/keys', keyOptions, async (request, reply) => {
    requireScopes(request.principal, ['secrets:write']);
    const { keyWithRequest } = await loadImport();
    return create(await keyWithRequest(request.body), request, reply);
  });

  const issuedOptions = { schema: issuedSchema, config: issuedConfig, bodyLimit };
  app.put('/certificates/:id/certificate', issuedOptions, async (request, reply) => {
    const { params, query, headers, principal } = request;
    const { resource, content } = requireExisting(context, certificateResource, params.id);
    const { issuedCertificate } = await loadImport();
    const body = await issuedCertificate(request.body, found(content ?? undefined, ''), now());
    const input = { resource, principal, reason: query.reason, headers };
    const answer = await applyChange(context, certificateResource, { operation: 'put', body }, input);
    return reply.headers(answer.headers).send(answer.view);
  });

  addResourceRoutes(app, context, certificateResource);
};

const listRecipientsSchema = {
  operationId: 'listRecipientCertificates',
  summary: 'List the certificates of recipients',
  description:
    'With `address`: the certificates for that address. Mail is encrypted with the first one, the newest valid one. ' +
    'Each can be read and deleted under `/v1/certificates/{id}`.',
  tags,
  querystring: Type.Object({ address: Type.Optional(Line(254)) }, closed),
  response: { 200: CertificateListSchema },
};

const importRecipientsSchema = {
  operationId: 'importRecipientCertificates',
  summary: 'Import any number of certificates of recipients',
  description:
    'The file is PEM, DER or PKCS#7. Certificates of authorities in the file are stored as chains of the others. A ' +
    'certificate that cannot be used for encryption is refused with the reasons; the rest of the file is imported.',
  tags,
  querystring: Type.Object({ reason: Type.Optional(Line(500)) }, closed),
  body: withExamples(ImportRecipientsSchema, { content: exampleCertificate }),
  response: { 200: ImportedRecipientsSchema },
};

/** The certificates of recipients: looking one up by its address, and importing many. */
const recipients: HttpPlugin<RouteContext> = async (app, context) => {
  const { store, now } = context;
  const listOptions = { schema: listRecipientsSchema, config: readConfig };
  app.get('/recipient-certificates', listOptions, async ({ query: { address } }) => {
    const all = certificates.all(store.state);
    const chosen =
      address === undefined
        ? [...all.values()].filter(({ content }) => content?.kind === 'recipient')
        : recipientCertificates(store.state, address, now().getTime()).flatMap(
            ({ resource }) => all.get(resource) ?? [],
          );
    return { items: chosen.flatMap((state) => currentCertificate(context, state) ?? []) };
  });

  const options = { schema: importRecipientsSchema, config: importConfig, bodyLimit };
  app.post('/recipient-certificates', options, async (request) => {
    const { recipientsOfUpload } = await loadImport();
    const items = [];
    for (const { put, label, findings } of await recipientsOfUpload(request.body, now())) {
      if (put === null) {
        items.push(unreadable(label, findings));
        continue;
      }
      const id = idOfForeignCertificate(put);
      const known = certificates.all(store.state).get(`${certificates.kind.prefix}${id}`);
      const isKnown = (known?.content ?? null) !== null;
      if (findings.length === 0 && !isKnown) await storeCertificate(context, id, put, request);
      items.push(outcomeOf(put, findings, id, isKnown));
    }
    return { items };
  });
};

type Outcome = Static<typeof ImportedRecipientsSchema>['items'][number];

function unreadable(subject: string, findings: readonly Finding[]): Outcome {
  return { state: 'refused', id: null, subject, addresses: [], validTo: '', findings: [...findings] };
}

function outcomeOf(put: CertificatePut, findings: readonly Finding[], id: string, isKnown: boolean): Outcome {
  const { subject = '', addresses = [], validTo = '' } = put.details ?? {};
  const about = { subject, addresses, validTo, findings: [...findings] };
  if (findings.length > 0) return { ...about, state: 'refused', id: null };
  return { ...about, state: isKnown ? 'known' : 'imported', id };
}

interface ImportRequest {
  readonly principal: Principal;
  readonly query: { readonly reason?: string };
}

/** Saves a certificate under its id: a new one, one that is there, or one that was deleted and comes back. */
async function storeCertificate(
  context: RouteContext,
  id: string,
  body: CertificatePut,
  { principal, query }: ImportRequest,
): Promise<CertificateState> {
  const resource = `${certificates.kind.prefix}${id}`;
  const { version, content } = stateOf(certificates, context.store, resource);
  const request =
    version === 0
      ? ({ operation: 'create', body } as const)
      : content === null
        ? ({ operation: 'revert', version: version - 1 } as const)
        : ({ operation: 'put', body: { ...body, name: content.name } } as const);
  await context.changeResource(certificates, resource, request, {
    actor: actorOf(principal),
    reason: query.reason ?? null,
    expectedVersion: version,
    idempotencyKey: undefined,
    mayGrant: false,
  });
  return stateOf(certificates, context.store, resource);
}

const credentialListSchema = {
  operationId: 'listCredentials',
  summary: 'List certificates and client secrets, sorted by expiry',
  description: 'An event `credential-expiring` is sent 60 days, 30 days, 7 days and 1 day before expiry.',
  tags,
  response: { 200: CredentialListSchema },
};

/** Certificates, and whatever else expires some day. */
export const certificateRoutes: HttpPlugin<RouteContext> = async (app, context) => {
  const { store, now } = context;
  await app.register(oneByOne, context);
  await app.register(recipients, context);
  app.get('/credentials', { schema: credentialListSchema, config: readConfig }, async () => ({
    items: [...credentialsOf(store.state, now().getTime())],
  }));
};
