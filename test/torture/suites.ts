/** One long form: test files that are run with more than in `npm test`. */
export interface Suite {
  readonly about: string;
  readonly files: readonly string[];
  /** What makes it long; a variable that is set already wins. */
  readonly variables: Readonly<Record<string, string>>;
  /** On two cores that do nothing else. */
  readonly minutes: number;
}

export const suites: Readonly<Record<string, Suite>> = {
  faults: {
    about: 'every fault at every stage of SMTP, and the same faults in the eyes of Postfix',
    files: [
      'test/mailer/transports/smtp/faults/fault-matrix.integration.test.ts',
      'test/mailer/transports/smtp/faults/against-postfix.integration.test.ts',
    ],
    variables: {},
    minutes: 1,
  },
  kills: {
    about: 'SIGKILL, half at named points: nothing lost, nothing doubled, repeats byte for byte the same',
    files: ['test/torture/kills.e2e.test.ts'],
    variables: { TORTURE_KILLS: '1000', TORTURE_KILL_MAILS: '50000', TORTURE_RESEND_KILLS: '200' },
    minutes: 15,
  },
  stops: {
    about: 'SIGTERM under load, quick and slow servers: nothing lost, nothing doubled, nothing unknown',
    files: ['test/torture/stops.e2e.test.ts'],
    variables: { TORTURE_STOPS: '30' },
    minutes: 3,
  },
  'power-loss': {
    about: 'each 202 after the sync of its record; disks rebuilt from what was synced hold all of them',
    files: ['test/torture/power-loss.integration.test.ts'],
    variables: { TORTURE_POWER_MAILS: '200' },
    minutes: 3,
  },
  disk: {
    about: 'a disk that is full, read-only or broken: 507 or 503, nothing lost, back without a restart',
    files: ['test/torture/disk.integration.test.ts'],
    variables: {},
    minutes: 1,
  },
  poison: {
    about: '10,000 records nobody understands among 10,000 good ones',
    files: ['test/torture/poison.e2e.test.ts'],
    variables: { TORTURE_POISON: '10000' },
    minutes: 2,
  },
  fuzz: {
    about: 'requests made from the OpenAPI document: every answer documented, valid, and none a failure',
    files: ['test/torture/fuzz/fuzz.e2e.test.ts'],
    variables: { TORTURE_FUZZ: '100000', TORTURE_FUZZ_SEEDS: '1,2,3' },
    minutes: 30,
  },
  smime: {
    about: 'every combination of S/MIME and every number of recipients from 1 to 50, read by openssl cms',
    files: ['test/message/smime/smime.test.ts'],
    variables: { TORTURE_SMIME: 'all' },
    minutes: 8,
  },
  simulation: {
    about:
      'the functions that decide, and the engine itself, under every order of what happens: what was told is true',
    files: [
      'test/simulation/simulation.test.ts',
      'test/simulation/engine/engine.test.ts',
      'test/simulation/engine/engine-mutations.test.ts',
    ],
    variables: { TORTURE_SEEDS: '100000', TORTURE_ENGINE_SEEDS: '20000' },
    minutes: 40,
  },
  soak: {
    about: '100,000 mails to a server with faults: memory and file descriptors stay flat',
    files: ['test/torture/soak.e2e.test.ts'],
    variables: { TORTURE_SOAK_MAILS: '100000' },
    minutes: 9,
  },
  distributed: {
    about: 'mailers and brokers killed over Kafka',
    files: [
      'test/distributed/distributed.integration.test.ts',
      'test/distributed/broker-outages.integration.test.ts',
    ],
    variables: {
      TORTURE_MAILS: '5000',
      TORTURE_BROKER_MAILS: '10000',
      TORTURE_BROKER_KILLS: '20',
    },
    minutes: 15,
  },
};
