/*
 * The types of the API, as the client has them. The page is served by the service that it talks to, so no value of an answer
 * is from a later release.
 */
declare module '@postausgang/client' {
  interface Releases {
    readonly later: never;
  }
}

export type * from '@postausgang/client';
