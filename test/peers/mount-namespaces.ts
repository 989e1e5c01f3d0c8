import { execFileSync } from 'node:child_process';

/** Throws where a process gets no mounts of its own: in a container without the right to. */
export function requireMountNamespaces(): void {
  const remount = ['mount', '-o', 'remount,ro,bind', '/'];
  execFileSync('unshare', ['--mount', '--propagation', 'private', ...remount], { stdio: 'pipe' });
}
