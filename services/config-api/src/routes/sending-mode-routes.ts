import {
  finding,
  RevertSendingModeSchema,
  type SendingMode,
  type SendingModeContent,
  type SendingModePatch,
  SendingModePatchSchema,
  type SendingModePut,
  SendingModePutSchema,
  SendingModeVersionSchema,
  type SendingModeView,
  SendingModeViewSchema,
} from '@postausgang/contracts';
import { type HttpPlugin, ProblemError } from '@postausgang/http';
import {
  contentOf,
  type ResourceRequest,
  type ResourceState,
  type SendingModeState,
  sendingModeKind,
  sendingModeVersion,
} from '@postausgang/settings';
import type { RouteContext } from '../config-api.ts';
import { sendingMode } from '../settings/changes.ts';
import type { VersionedResource } from './resource-change.ts';
import { addResourceRoutes } from './resource-routes.ts';
import { withExamples } from './schemas.ts';

type Request = ResourceRequest<SendingModePut, SendingModePatch>;

const redirecting = { mode: 'redirect', to: ['test@acme.example'], keep: ['qa.acme.example'] } as const;

/** `/v1/environment/sending-mode`, a resource with versions like all others. */
const sendingModeOverHttp: VersionedResource<SendingModeContent, SendingModePut, SendingModePatch> = {
  subject: sendingMode,
  path: '/environment',
  tags: ['environment'],
  noun: 'SendingMode',
  title: 'a sending mode',
  exampleId: 'sending-mode',
  fixedIds: ['sending-mode'],
  operations: ['put', 'patch'],
  schemas: {
    put: withExamples(SendingModePutSchema, redirecting, { mode: 'hold' }),
    patch: withExamples(SendingModePatchSchema, { mode: 'redirect', to: ['test@acme.example'] }),
    view: SendingModeViewSchema,
    version: SendingModeVersionSchema,
    revert: RevertSendingModeSchema,
  },
  descriptions: {
    get: 'Whether mail goes to its recipients, to other addresses instead, or waits. The only ID is `sending-mode`.',
    change:
      'Requires `If-Match`. The mode is asked last before each envelope, so it also binds mail that waits already, copies ' +
      'and blind copies. A change to live requires the name of the environment in `environmentName`; mail that waited ' +
      'while mail was redirected is then held.',
  },
  viewOf,
  versionOf: (_context, state, version) => sendingModeVersion(state, version),
  isReported: () => true,
  guard: requireNameForLive,
};

function viewOf(
  { mailers }: Pick<RouteContext, 'mailers'>,
  state: SendingModeState,
  version: number,
): SendingModeView {
  const view = sendingModeVersion(state, version);
  if (view === undefined) throw new Error(`The fold has no version ${version}`);
  return { ...view.settings, applied: mailers.of(state.resource, version) };
}

/** From then on real people get mail, so whoever switches has to say which environment it is about. */
function requireNameForLive(
  { environmentName }: Pick<RouteContext, 'environmentName'>,
  state: ResourceState<SendingModeContent>,
  request: Request,
  body: unknown,
): void {
  const goesLive = state.content.mode !== 'live' && modeAfter(state, request) === 'live';
  if (!goesLive || environmentName === null || Object(body)['environmentName'] === environmentName) return;
  throw new ProblemError('settings-invalid', {
    findings: [finding('/environmentName', 'environment-name-required')],
  });
}

function modeAfter(state: SendingModeState, request: Request): SendingMode | undefined {
  const { content } = state;
  switch (request.operation) {
    case 'create':
    case 'put':
      return sendingModeKind.planPut(request.body, state).content.mode;
    case 'patch':
      return sendingModeKind.planPatch(request.body, { resource: state.resource, content }).content.mode;
    case 'revert':
      return contentOf(sendingModeKind, state, request.version)?.mode;
    case 'delete':
      return undefined;
    default:
      return request satisfies never;
  }
}

/** The sending mode, and its history. */
export const sendingModeRoutes: HttpPlugin<RouteContext> = async (app, context) => {
  addResourceRoutes(app, context, sendingModeOverHttp);
};
