import { readFileSync } from 'node:fs';

/** What one of our Dockerfiles says about its image, the last stage. Only the instructions that ours have are known. */
export interface Dockerfile {
  readonly from: string;
  /** The stages before it, in order. */
  readonly stages: readonly DockerfileStage[];
  readonly directory: string;
  /** `COPY` and `RUN`, in order. */
  readonly steps: readonly DockerfileStep[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: string;
  readonly healthcheck: readonly string[];
  readonly command: readonly string[];
}

export interface DockerfileStage {
  readonly name: string;
  readonly from: string;
  readonly directory: string;
  readonly steps: readonly DockerfileStep[];
}

export type DockerfileStep =
  | {
      readonly kind: 'copy';
      /** The stage it comes from; undefined: from the repository. */
      readonly stage?: string;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly kind: 'run'; readonly command: string };

/** `name` of a stage that comes to an end. */
type Draft = { name: string } & { -readonly [Key in keyof Dockerfile]: Dockerfile[Key] };

/** Throws on an instruction it does not know. */
export function readDockerfile(path: string): Dockerfile {
  const empty = {
    name: '',
    from: '',
    stages: [],
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
      beginStage(file, rest);
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

/** What was read before is another stage. */
function beginStage(file: Draft, rest: string): void {
  const [from = '', , name = ''] = rest.split(' ');
  const { name: before, from: base, directory, steps } = file;
  if (base !== '') file.stages = [...file.stages, { name: before, from: base, directory, steps }];
  Object.assign(file, { name, from, directory: '', steps: [] });
}

function copyStep(words: readonly string[]): DockerfileStep {
  const stage = /^--from=(.+)$/.exec(words[0] ?? '')?.[1];
  const sources = words.slice(stage === undefined ? 0 : 1, -1);
  return { kind: 'copy', ...(stage === undefined ? {} : { stage }), sources, target: words.at(-1) ?? '' };
}

function assignment(text: string): [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
