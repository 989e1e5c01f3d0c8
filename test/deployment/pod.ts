/**
 * A container of the manifests as a kubelet would run it, without a cluster: the command and the environment of the image, the
 * user and the groups of the pod, its volumes with the owners and the modes that Kubernetes gives them, each at its place in a
 * mount namespace of its own, and a root file system that nobody can write to.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Workload } from './manifests.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Where a container has the repository: the way to the real place may be closed to its user. */
const mountedRoot = '/mnt';

/** Where the volumes are on this machine: those that outlive a pod by their claim, the others by name. */
export function volumeFolder(directory: string, workload: Workload, name: string): string {
  const volume = workload.pod.volumes.find((one) => one.name === name);
  const claim = volume?.persistentVolumeClaim?.claimName;
  return join(directory, claim === undefined ? `${workload.name}-${name}` : `claim-${claim}`);
}

/** Makes the volumes of a pod, as a kubelet leaves them before every start: the group can write, folders are setgid. */
function prepareVolumes(directory: string, workload: Workload): void {
  const { fsGroup = 0 } = workload.pod.securityContext;
  for (const { name, secret } of workload.pod.volumes) {
    if (secret !== undefined) continue;
    const folder = volumeFolder(directory, workload, name);
    mkdirSync(folder, { recursive: true });
    execFileSync('chgrp', ['-R', String(fsGroup), folder]);
    execFileSync('chmod', ['-R', 'g+rwX', folder]);
    execFileSync('chmod', ['2770', folder]);
  }
}

/** The script that mounts everything and becomes the container. */
function mountScript(directory: string, workload: Workload): string {
  const { pod, container } = workload;
  const lines = [
    'set -e',
    `mount --bind '${root}' ${mountedRoot}`,
    'mount -t tmpfs tmpfs /var/lib',
    'mount -t tmpfs tmpfs /run',
  ];
  for (const { name, mountPath, readOnly = false } of container.volumeMounts) {
    lines.push(`mkdir -p '${mountPath}'`);
    const secret = pod.volumes.find((volume) => volume.name === name)?.secret;
    const source = volumeFolder(directory, workload, name);
    lines.push(
      secret === undefined
        ? `mount --bind '${source}' '${mountPath}'`
        : `mount -t tmpfs tmpfs '${mountPath}'`,
    );
    if (secret !== undefined) {
      // A Secret is a folder of links to what was written at once; its owner is root, its group that of the pod.
      const mode = secret.defaultMode.toString(8).padStart(4, '0');
      lines.push(`mkdir '${mountPath}/..now'`, `cp '${source}'/* '${mountPath}/..now/'`);
      lines.push(
        `chown -R 0:${pod.securityContext.fsGroup} '${mountPath}/..now'`,
        `chmod ${mode} '${mountPath}/..now/'*`,
      );
      lines.push(
        `ln -s ..now '${mountPath}/..data'`,
        `for file in '${mountPath}/..now/'*; do ln -s "..data/$(basename "$file")" '${mountPath}/'; done`,
      );
    }
    if (readOnly) lines.push(`mount -o remount,ro,bind '${mountPath}'`);
  }
  if (container.securityContext.readOnlyRootFilesystem === true) {
    lines.push(
      'mount -o remount,ro,bind /',
      `mount -o remount,ro,bind ${mountedRoot}`,
      'mount -o remount,ro /var/lib',
      'mount -o remount,ro /run',
    );
  }
  const { runAsUser, runAsGroup } = pod.securityContext;
  lines.push(
    `cd ${mountedRoot}`,
    `exec setpriv --reuid ${runAsUser} --regid ${runAsGroup} --clear-groups --no-new-privs --bounding-set=-all "$@"`,
  );
  return lines.join('\n');
}

export interface PodOptions {
  readonly workload: Workload;
  /** Where the volumes are. */
  readonly directory: string;
  /** What is different here: brokers, ports. */
  readonly environment: Readonly<Record<string, string>>;
  /** The files of each Secret, by the name of its volume. */
  readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface Pod {
  output(): string;
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>;
  kill(): void;
}

function writeSecrets({ workload, directory, secrets }: PodOptions): void {
  for (const [name, files] of Object.entries(secrets)) {
    const folder = volumeFolder(directory, workload, name);
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  }
}

/** Starts the container; whether it is alive and ready, its probes tell. */
export function startPod(options: PodOptions): Pod {
  const { workload, directory, environment } = options;
  writeSecrets(options);
  prepareVolumes(directory, workload);
  const { image, given, container, name } = workload;
  const own = Object.fromEntries((container.env ?? []).map((variable) => [variable.name, `${name}-0`]));
  const node = dirname(process.execPath).replace(root.replace(/\/$/, ''), mountedRoot);
  const path = `${node}:/usr/bin:/bin`;
  const script = mountScript(directory, workload);
  const child = spawn(
    'unshare',
    ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...image.command],
    {
      env: { PATH: path, ...image.environment, ...given, ...own, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  return { output: collect(child), stop: () => stop(child), kill: () => void child.kill('SIGKILL') };
}

function collect(child: ChildProcess): () => string {
  const parts: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => parts.push(String(part)));
  return () => parts.join('');
}

async function stop(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const [code] = await ended;
  return code;
}

/** A folder that the user of the pod can go through. */
export function openFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
  chownSync(path, 0, 0);
  return path;
}
