import { readFileSync } from 'node:fs';

/** The options of Node in a command that starts a service; undefined in any other text. */
export function optionsIn(command: string): readonly string[] | undefined {
  const options = /\bnode ((?:-\S+ (?:\.\/\S+ )?)*)services\/[\w-]+\/src\/main\.ts/.exec(command)?.[1];
  return options?.split(' ').filter((word) => word !== '');
}

/** The options of `npm start`, which every other command that starts a service repeats. */
export function startOptions(): readonly string[] {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return optionsIn(scripts.start) ?? [];
}
