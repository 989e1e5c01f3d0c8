import { Type } from '@sinclair/typebox';
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
  ImportCertificateSchema,
  IssuedCertificateSchema,
  StringEnum,
} from '@postausgang/contracts';
import { formatEtag, type HttpServer, type Principal, requireScopes } from '@postausgang/http';
import {
  type CertificatePut,
  type CertificateState,
  certificateVersion,
  certificateView,
  credentialsOf,
  referencesOf,
} from '@postausgang/settings';
import { idOfForeignCertificate, issuerKnownIn } from '../certificates/certificates.ts';
import { actorOf, certificates, stateOf } from '../settings/changes.ts';
import {
  addPatchRoute,
  addReadRoute,
  applyChange,
  changeProblems,
  creationProblems,
  found,
  requireExisting,
  type VersionedResource,
} from './changes.ts';
import { addDeletionRoute } from './creation-routes.ts';
import { createKeyExample, importCertificateExample } from './examples.ts';
import { addHistoryRoutes } from './history-routes.ts';
import type { RouteContext } from './route-context.ts';
import {
  changedResponse,
  ChangeHeadersSchema,
  createdResponse,
  idParams,
  ReasonQuerySchema,
  withExamples,
} from './schemas.ts';

type Context = Pick<RouteContext, 'store' | 'now'>;

/** The certificate as GET answers it; undefined while there is none. */
export function currentCertificate(context: Context, state: CertificateState): CertificateView | undefined {
  return certificateView(state, ...surroundings(context));
}

/** An earlier version. */
function earlierCertificate(context: Context, state: CertificateState, version: number) {
  return certificateVersion(state, version, ...surroundings(context));
}

function surroundings({ store, now }: Context) {
  return [referencesOf(store.state, now().getTime()), issuerKnownIn(store.state)] as const;
}

const credentialListSchema = {
  operationId: 'listCredentials',
  summary: 'Certificates and client secrets, the first to expire first',
  description:
    'Sixty, thirty, seven days and one day before the end there is an event `credential-expiring` too.',
  tags: ['certificates'],
  response: { 200: CredentialListSchema },
};

/** What expires some day. */
export function addCredentialRoutes(app: HttpServer, { store, now }: RouteContext): void {
  const config = { scopes: ['settings:read'] } as const;
  app.get('/credentials', { schema: credentialListSchema, config }, async () => ({
    items: [...credentialsOf(store.state, now().getTime())],
  }));
}

type Kind = VersionedResource<CertificateContent | null, CertificatePut, CertificatePatch>;

/** Room for the largest file as base64. */
const bodyLimit = 2 * 1024 * 1024;

const certificateResource: Kind = {
  subject: certificates,
  path: '/certificates',
  tags: ['certificates'],
  noun: 'Certificate',
  title: 'a certificate',
  exampleId: '5b1c1f0e',
  hasApplyStatus: false,
  schemas: {
    put: ImportCertificateSchema,
    patch: CertificatePatchSchema,
    view: CertificateViewSchema,
    version: CertificateVersionSchema,
  },
  descriptions: {
    get: 'A private key is never returned.',
    change:
      'Needs `If-Match`. Another certificate is a certificate of its own; only the name can be changed.',
  },
  viewOf: (context, state, version) =>
    state.version === version
      ? currentCertificate(context, state)
      : (earlierCertificate(context, state, version)?.certificate ?? undefined),
  versionOf: earlierCertificate,
  isReported: () => false,
};

const { tags } = certificateResource;
const writing = {
  tags,
  querystring: ReasonQuerySchema,
  response: { 201: createdResponse(CertificateViewSchema) },
};

const listSchema = {
  operationId: 'listCertificates',
  summary: 'The certificates, the first to expire first',
  tags,
  querystring: Type.Object({ kind: Type.Optional(StringEnum(certificateKinds)) }, closed),
  response: { 200: CertificateListSchema },
};

const importSchema = {
  ...writing,
  operationId: 'importCertificate',
  summary: 'Import a certificate',
  description:
    'PEM, DER, PKCS#7 or PKCS#12. kind own needs the private key in the file and the scope `secrets:write`; the key is ' +
    'sealed to the mailers, and nobody reads it here again. A certificate that is there already is given back.',
  body: withExamples(ImportCertificateSchema, importCertificateExample),
};

const createKeySchema = {
  ...writing,
  operationId: 'createCertificateKey',
  summary: 'Create a private key and a request for its certificate',
  description:
    'Give `signingRequest` to an authority and import what it issues. Needs the scope `secrets:write` as well.',
  body: withExamples(CreateKeySchema, createKeyExample),
};

const issuedSchema = {
  operationId: 'putIssuedCertificate',
  summary: 'Import the certificate that was issued for the key',
  description: 'The first one, or a renewal for the same key. Needs `If-Match`.',
  tags,
  params: idParams(certificateResource.title, certificateResource.exampleId),
  querystring: ReasonQuerySchema,
  headers: ChangeHeadersSchema,
  body: IssuedCertificateSchema,
  response: { 200: changedResponse(CertificateViewSchema) },
};

/** Importing, creating, reading and deleting certificates. What reads files is loaded when one comes. */
export function addCertificateRoutes(app: HttpServer, context: RouteContext): void {
  const { store, now, newId } = context;
  const readConfig = { scopes: ['settings:read'] } as const;
  app.get('/certificates', { schema: listSchema, config: readConfig }, async ({ query }) => ({
    items: listCertificates(context, query.kind),
  }));

  const writeConfig = {
    scopes: ['settings:write'],
    problems: [...creationProblems, 'certificate-invalid'],
  } as const;
  const create = async (
    id: string,
    body: CertificatePut,
    principal: Principal,
    reason: string | undefined,
  ) => {
    const state = await storeCertificate(context, id, body, principal, reason);
    const headers = { etag: formatEtag(state.version), location: `/v1/certificates/${id}` };
    return { headers, view: currentCertificate(context, state) };
  };

  const importOptions = { schema: importSchema, config: writeConfig, bodyLimit };
  app.post('/certificates', importOptions, async ({ body, query, principal }, reply) => {
    if (body.kind === 'own') requireScopes(principal, ['secrets:write']);
    const { certificateOfUpload } = await import('../certificates/import-certificate.ts');
    const put = certificateOfUpload(body, now());
    const id = put.kind === 'own' ? newId() : idOfForeignCertificate(put);
    const { headers, view } = await create(id, put, principal, query.reason);
    return reply.code(201).headers(headers).send(view);
  });

  const keyOptions = { schema: createKeySchema, config: writeConfig };
  app.post('/certificates/keys', keyOptions, async ({ body, query, principal }, reply) => {
    requireScopes(principal, ['secrets:write']);
    const { keyWithRequest } = await import('../certificates/import-certificate.ts');
    const { headers, view } = await create(newId(), await keyWithRequest(body), principal, query.reason);
    return reply.code(201).headers(headers).send(view);
  });

  const issuedConfig = {
    scopes: ['settings:write'],
    problems: [...changeProblems, 'certificate-invalid'],
  } as const;
  const issuedOptions = { schema: issuedSchema, config: issuedConfig, bodyLimit };
  app.put('/certificates/:id/certificate', issuedOptions, async (request, reply) => {
    const { params, query, headers, principal } = request;
    const { resource, content } = requireExisting(context, certificateResource, params.id);
    const { issuedCertificate } = await import('../certificates/import-certificate.ts');
    const body = issuedCertificate(request.body, found(content ?? undefined, ''), now());
    const input = { resource, principal, reason: query.reason, headers };
    const answer = await applyChange(context, certificateResource, { operation: 'put', body }, input);
    return reply.headers(answer.headers).send(answer.view);
  });

  addReadRoute(app, context, certificateResource);
  addPatchRoute(app, context, certificateResource);
  addDeletionRoute(app, context, certificateResource);
  addHistoryRoutes(app, context, certificateResource);

  function listCertificates(of: RouteContext, kind: string | undefined) {
    return [...certificates.all(store.state).values()]
      .filter(({ content }) => kind === undefined || content?.kind === kind)
      .flatMap((state) => currentCertificate(of, state) ?? [])
      .toSorted((a, b) => (a.daysLeft ?? Infinity) - (b.daysLeft ?? Infinity));
  }
}

/** Saves a certificate under its id: a new one, one that is there, or one that was deleted and comes back. */
export async function storeCertificate(
  context: RouteContext,
  id: string,
  body: CertificatePut,
  principal: Principal,
  reason: string | undefined,
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
    reason: reason ?? null,
    expectedVersion: version,
    idempotencyKey: undefined,
  });
  return stateOf(certificates, context.store, resource);
}
