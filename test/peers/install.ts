/** Run before the tests: brings every known peer that is missing, or says loudly how to get it. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import {
  findProgram,
  isContinuousIntegration,
  isInstalled,
  isRoot,
  KNOWN_PEERS,
  peerNames,
  whatIsMissing,
} from './known-peers.ts';
import type { PeerName } from './known-peers.ts';

const POLICY_FILE = '/usr/sbin/policy-rc.d';
const APT_TIMEOUT_MS = 300_000;

function run(program: string, args: string[], input?: string): void {
  execFileSync(program, args, {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: [input === undefined ? 'ignore' : 'pipe', 'ignore', 'inherit'],
    timeout: APT_TIMEOUT_MS,
    ...(input === undefined ? {} : { input }),
  });
}

/** Debian starts what it installs unless this file forbids it; an existing one is left as it is. */
function withoutStartingServices(work: () => void): void {
  const ours = !existsSync(POLICY_FILE);
  if (ours) writeFileSync(POLICY_FILE, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    work();
  } finally {
    if (ours) rmSync(POLICY_FILE, { force: true });
  }
}

function install(names: readonly PeerName[]): void {
  const peers = names.map((name) => KNOWN_PEERS[name]);
  const answers = peers.flatMap((peer) => peer.debconf);
  const packages = peers.flatMap((peer) => peer.packages);
  console.log(`Installing peers for the tests: ${packages.join(' ')}`);
  run('apt-get', ['update', '-q']);
  if (answers.length > 0 && findProgram('debconf-set-selections') !== undefined) {
    run('debconf-set-selections', [], `${answers.join('\n')}\n`);
  }
  // --no-remove: a machine that already has another mail server must not lose it to a test run.
  withoutStartingServices(() =>
    run('apt-get', ['install', '-q', '-y', '--no-install-recommends', '--no-remove', ...packages]),
  );
}

function tryToInstall(names: readonly PeerName[]): void {
  const mayInstall = isRoot() && findProgram('apt-get') !== undefined && existsSync('/etc/debian_version');
  if (names.length === 0 || !mayInstall) return;
  try {
    install(names);
  } catch (error) {
    console.error(`Installing failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

tryToInstall(peerNames.filter((name) => !isInstalled(name)));
const missing = peerNames.map(whatIsMissing).filter((sentence) => sentence !== undefined);
for (const sentence of missing)
  console.error(`\n*** peer missing: ${sentence}\n*** Its tests will be skipped.\n`);
if (missing.length > 0 && isContinuousIntegration()) {
  console.error('CI=true: a missing peer is a failure.');
  process.exitCode = 1;
}
