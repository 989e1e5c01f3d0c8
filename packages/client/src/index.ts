export { createCall, ifMatch } from './call.ts';
export type { Answer, Call, CallInput, CallOptions, Name } from './call.ts';
export { createClient } from './client.ts';
export type { Client, WatchOptions } from './client.ts';
export { PostausgangProblem } from './problem.ts';
export type * from './operations.ts';
