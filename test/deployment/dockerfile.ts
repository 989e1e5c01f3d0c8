import { readFileSync } from 'node:fs';

/** What one of our Dockerfiles says. Only the instructions that ours have are known. */
export interface Dockerfile {
  readonly from: string;
  readonly directory: string;
  /** `COPY` and `RUN`, in order. */
  readonly steps: readonly DockerfileStep[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly healthcheck: readonly string[];
  readonly command: readonly string[];
}

export type DockerfileStep =
  | { readonly kind: 'copy'; readonly sources: readonly string[]; readonly target: string }
  | { readonly kind: 'run'; readonly command: string };

type Draft = { -readonly [Key in keyof Dockerfile]: Dockerfile[Key] };

/** Throws on an instruction it does not know. */
export function readDockerfile(path: string): Dockerfile {
  const empty = {
    from: '',
    directory: '',
    steps: [],
    environment: {},
    user: 'root',
    healthcheck: [],
    command: [],
  };
  const file: Draft = empty;
  const lines = readFileSync(path, 'utf8').split('\n');
  for (const line of lines.filter((text) => text !== '' && !text.startsWith('#'))) {
    const [, instruction = '', rest = ''] = /^([A-Z]+) (.*)$/.exec(line) ?? [];
    take(file, instruction, rest);
  }
  return file;
}

function take(file: Draft, instruction: string, rest: string): void {
  switch (instruction) {
    case 'FROM':
      file.from = rest;
      return;
    case 'WORKDIR':
      file.directory = rest;
      return;
    case 'COPY':
      file.steps = [...file.steps, copyStep(rest.split(' '))];
      return;
    case 'RUN':
      file.steps = [...file.steps, { kind: 'run', command: rest }];
      return;
    case 'ENV':
      file.environment = { ...file.environment, ...Object.fromEntries(rest.split(' ').map(assignment)) };
      return;
    case 'USER':
      file.user = rest;
      return;
    case 'EXPOSE':
      return;
    case 'HEALTHCHECK':
      file.healthcheck = JSON.parse(rest.slice(rest.indexOf('CMD ') + 4));
      return;
    case 'CMD':
      file.command = JSON.parse(rest);
      return;
    default:
      throw new Error(`cannot read the instruction ${instruction}`);
  }
}

const copyStep = (words: readonly string[]): DockerfileStep => ({
  kind: 'copy',
  sources: words.slice(0, -1),
  target: words.at(-1) ?? '',
});

function assignment(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
