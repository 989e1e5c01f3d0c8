import type { Difference, Finding, StoredSecret } from '@postausgang/contracts';
import type { References } from '../references.ts';
import type { ContentPlan } from './content-plan.ts';
import type { ResourceState } from './resource-state.ts';

/** What a request is planned on: the name of the resource and what it holds now. */
export type Saved<Content> = Pick<ResourceState<Content>, 'resource' | 'content'>;

/**
 * What makes one kind of resource differ from the others. Everything else, versions, history, diff, revert and
 * deletion, is the same for all of them. `Content` has null where resources of the kind are created and deleted.
 */
export interface ResourceKind<Content, Put, Patch> {
  /** First part of the resource name, with the slash: `outgoing-servers/`. */
  readonly prefix: string;
  /** What a resource holds that was never saved; null where it does not exist before its creation. */
  readonly initialContent: Content;
  /** JSON pointers of the secrets in a body of this kind. */
  readonly secretPointers: readonly string[];
  /** The content that a PUT asks for, and that of a creation. */
  planPut(body: Put, saved: Saved<Content>): ContentPlan<NonNullable<Content>>;
  /** The saved content under a JSON merge patch (RFC 7396). Only called for content that exists. */
  planPatch(body: Patch, saved: Saved<NonNullable<Content>>): ContentPlan<NonNullable<Content>>;
  /** Everything that keeps planned content from being saved. */
  findingsOf(plan: ContentPlan<NonNullable<Content>>, references: References): readonly Finding[];
  /** The fields in which two contents differ; null has none of them. */
  differences(from: Content, to: Content): Difference[];
  /** The content with a secret, which was named by its pointer, put in. */
  withSecret(content: NonNullable<Content>, pointer: string, secret: StoredSecret): NonNullable<Content>;
}

/** The resource before its first change. */
export function initialState<Content>(
  { initialContent }: Pick<ResourceKind<Content, never, never>, 'initialContent'>,
  resource: string,
): ResourceState<Content> {
  return { resource, version: 0, content: initialContent, latestChange: null };
}
