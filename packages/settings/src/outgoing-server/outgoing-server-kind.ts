import type {
  Finding,
  OutgoingServerContent,
  OutgoingServerPatch,
  OutgoingServerPut,
  StoredSecret,
} from '@postausgang/contracts';
import type { References } from '../references.ts';
import type { ContentPlan } from '../resource/content-plan.ts';
import type { ResourceKind } from '../resource/resource-kind.ts';
import { findingsOfPlan, planPatch, planPut } from './content-plan.ts';
import { defaultContent } from './default-content.ts';
import { differences } from './differences.ts';
import { passwordPointer } from './smtp-destination.ts';

/** Outgoing servers: they always exist, so they are neither created nor deleted. */
export const outgoingServerKind: ResourceKind<OutgoingServerContent, OutgoingServerPut, OutgoingServerPatch> =
  {
    prefix: 'outgoing-servers/',
    initialContent: defaultContent,
    secretPointers: [passwordPointer],
    planPut,
    planPatch,
    findingsOf: blockingFindings,
    differences,
    withSecret: (content, _pointer, password: StoredSecret) => ({
      ...content,
      smtp: { ...content.smtp, password },
    }),
  };

/** While sending is off only what cannot be told later keeps a change from being saved. */
function blockingFindings(
  plan: ContentPlan<OutgoingServerContent>,
  references: References,
): readonly Finding[] {
  return plan.content.enabled ? findingsOfPlan(plan, references) : plan.findings;
}
