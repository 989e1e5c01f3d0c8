import { stripTypeScriptTypes } from 'node:module';

/** TypeScript that erases, as the JavaScript a browser runs: with blanks where the types were. */
export function stripTypes(source: string): string {
  return withoutExperimentalWarning(() => stripTypeScriptTypes(source));
}

/** The very function that runs all of our files is called experimental when it is called by hand. */
function withoutExperimentalWarning<T>(work: () => T): T {
  const { emitWarning } = process;
  process.emitWarning = () => undefined;
  try {
    return work();
  } finally {
    process.emitWarning = emitWarning;
  }
}
