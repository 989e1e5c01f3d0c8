/**
 * Loaded before every test file (.taprc). tap loads a tracer into each Node process that a test starts, for coverage
 * of children. It slows their start and breaks some of them (oxlint); and a service under test is to run as it does in
 * production.
 */
import processOnSpawn from 'process-on-spawn';

processOnSpawn.removeAllListeners();
if (process.env['NODE_OPTIONS']?.includes('@tapjs/processinfo') === true) {
  delete process.env['NODE_OPTIONS'];
}
