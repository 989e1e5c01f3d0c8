/*
 * What the product runs with and others have written, by the lock file. Tools and peers of the tests are not part of it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly link?: boolean;
  readonly optional?: boolean;
  readonly resolved?: string;
}

export interface Dependency {
  /** Where it is installed. */
  readonly path: string;
  readonly name: string;
  readonly version: string;
  /** An SPDX expression; undefined where it names none. */
  readonly license: string | undefined;
  /** Not everywhere installed. */
  readonly isOptional: boolean;
  readonly resolved: string | undefined;
}

/** The packages of the lock file that run in production, by name. */
export function runtimeDependencies(): readonly Dependency[] {
  const { packages }: { packages: Record<string, LockedPackage> } = JSON.parse(
    readFileSync(join(root, 'package-lock.json'), 'utf8'),
  );
  const name = (path: string): string => path.split('node_modules/').at(-1) ?? path;
  return Object.entries(packages)
    .filter(([path, { dev, link }]) => path.includes('node_modules/') && dev !== true && link !== true)
    .map(([path, { version = '', license, optional = false, resolved }]) => ({
      path,
      name: name(path),
      version,
      license,
      isOptional: optional,
      resolved,
    }))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

interface SbomComponent {
  readonly 'bom-ref': string;
  readonly name: string;
  readonly version: string;
  readonly properties?: readonly { readonly name: string }[];
}

/** What is needed of a list of packages in CycloneDX 1.5; everything else in it stays. */
export interface Sbom {
  readonly components: readonly SbomComponent[];
  readonly dependencies: readonly { readonly ref: string; readonly dependsOn?: readonly string[] }[];
}

/**
 * The part of npm's list that runs in production. npm itself cannot tell: what a workspace needs and the root of the repository
 * needs for its tests counts as of the tests.
 */
export function runtimeSbom(all: Sbom): Sbom {
  const runtime = new Map(runtimeDependencies().map((one) => [`${one.name}@${one.version}`, one]));
  const components = all.components.flatMap((component) => {
    const dependency = runtime.get(`${component.name}@${component.version}`);
    if (dependency === undefined) return [];
    const { properties = [], ...rest } = component;
    const told = properties.filter(({ name }) => name !== 'cdx:npm:package:development');
    return [{ ...rest, properties: told, scope: dependency.isOptional ? 'optional' : 'required' }];
  });
  const kept = new Set(components.map((component) => component['bom-ref']));
  const dependencies = all.dependencies
    .filter(({ ref }) => kept.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter((other) => kept.has(other)) }));
  return { ...all, components, dependencies };
}

const licenseFile = /^(?:licen[cs]e|copying|notice)(?:[.-].*)?$/i;

function licenseText({ path, isOptional }: Dependency): string {
  const folder = join(root, path);
  if (isOptional || !existsSync(folder)) return 'The package brings its license along.';
  const files = readdirSync(folder).filter((file) => licenseFile.test(file));
  const texts = files.toSorted().map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return texts.length === 0 ? 'The package names its license and brings no text.' : texts.join('\n\n');
}

/** Who is to be named, with the texts of their licenses; each text once. */
export function thirdPartyNotices(): string {
  const dependencies = runtimeDependencies();
  const byText = Map.groupBy(dependencies, licenseText);
  const sections = [...byText].map(([text, those]) => {
    const names = those.map(({ name, version, license }) => `${name} ${version} (${license ?? 'unknown'})`);
    return `${names.join('\n')}\n\n${text.replaceAll('\r\n', '\n')}`;
  });
  const line = `\n\n${'-'.repeat(80)}\n\n`;
  const head = `Postausgang runs with ${dependencies.length} packages of others. \`npm run generate:notices\` writes this file.`;
  return `${[head, ...sections].join(line)}\n`;
}
