/** The Kubernetes manifests, as far as the tests look at them. That they fit their kinds, a test checks by the schemas. */
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { type Dockerfile, readDockerfile } from './dockerfile.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = 'deploy/kubernetes';

export interface Manifest {
  /** The file it is in, from the root of the repository. */
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  /** Of a workload. */
  readonly spec?: WorkloadSpec;
}

interface WorkloadSpec {
  readonly replicas?: number;
  readonly selector?: { readonly matchLabels: Readonly<Record<string, string>> };
  readonly template?: {
    readonly metadata: { readonly labels: Readonly<Record<string, string>> };
    readonly spec: PodSpec;
  };
}

interface SecurityContext {
  readonly runAsNonRoot?: boolean;
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
  readonly fsGroup?: number;
  readonly seccompProfile?: { readonly type: string };
  readonly allowPrivilegeEscalation?: boolean;
  readonly readOnlyRootFilesystem?: boolean;
  readonly capabilities?: { readonly drop: readonly string[] };
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly envFrom?: readonly { readonly configMapRef: { readonly name: string } }[];
  readonly env?: readonly { readonly name: string }[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly securityContext: SecurityContext;
  readonly startupProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly volumeMounts: readonly Mount[];
}

export interface Mount {
  readonly name: string;
  readonly mountPath: string;
  readonly readOnly?: boolean;
}

export interface Volume {
  readonly name: string;
  readonly emptyDir?: object;
  readonly persistentVolumeClaim?: { readonly claimName: string };
  readonly secret?: { readonly secretName: string; readonly defaultMode: number };
}

interface PodSpec {
  readonly serviceAccountName: string;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: SecurityContext;
  readonly initContainers?: readonly Container[];
  readonly containers: readonly Container[];
  readonly volumes: readonly Volume[];
}

/** A workload of ours: its pod, the container in it, and the image that runs there. */
export interface Workload {
  readonly name: 'config-api' | 'mailer';
  readonly pod: PodSpec;
  readonly container: Container;
  readonly image: Dockerfile;
  /** What the ConfigMaps give. */
  readonly given: Readonly<Record<string, string>>;
}

/** The files that a kustomization names, from the root of the repository. */
export function kustomizedFiles(path: string): readonly string[] {
  const { resources }: { resources: readonly string[] } = parse(
    readFileSync(`${root}/${path}/kustomization.yaml`, 'utf8'),
  );
  return resources.map((resource) => `${path}/${resource}`);
}

/** All manifests of the folder, kustomizations apart. */
export function readManifests(): readonly Manifest[] {
  const files = globSync(`${folder}/**/*.yaml`, { cwd: root }).toSorted();
  return files
    .filter((file) => !file.endsWith('kustomization.yaml'))
    .flatMap((file) =>
      parseAllDocuments(readFileSync(`${root}/${file}`, 'utf8')).map((document): Manifest => ({
        ...document.toJS(),
        file,
      })),
    );
}

function workload(name: Workload['name'], manifests: readonly Manifest[]): Workload {
  const { template } =
    manifests.find((manifest) => manifest.spec?.template !== undefined && manifest.metadata.name === name)
      ?.spec ?? {};
  const container = template?.spec.containers[0];
  if (template === undefined || container === undefined) throw new Error(`there is no workload ${name}`);
  const maps = (container.envFrom ?? []).map(({ configMapRef }) =>
    manifests.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === configMapRef.name),
  );
  return {
    name,
    pod: template.spec,
    container,
    image: readDockerfile(`${root}/services/${name}/Dockerfile`),
    given: Object.assign({}, ...maps.map((map) => map?.data)),
  };
}

export function readWorkloads(manifests: readonly Manifest[]): readonly Workload[] {
  return [workload('mailer', manifests), workload('config-api', manifests)];
}
