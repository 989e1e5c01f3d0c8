/**
 * The walls of the house, and the lint rules that hold everywhere. Every wall is proven by test/tooling/walls.test.ts.
 *
 * An override replaces the options of a rule, it does not add to them. So each file under packages/ and services/
 * gets its import walls from exactly one `imports(…)` below, and the ones that hold everywhere are part of it.
 */
import type { OxlintConfig } from 'oxlint';

interface ImportWall {
  regex?: string;
  /** Like .gitignore. What a pattern with ! lets through is not looked at again, so such a wall comes last. */
  group?: string[];
  message: string;
  allowTypeImports?: boolean;
  allowImportNames?: string[];
}

type Rules = NonNullable<OxlintConfig['rules']>;

const onlyKafkaAdapter: ImportWall = {
  regex: '^kafkajs',
  message: 'Only packages/event-log/src/kafka speaks kafkajs.',
};
const onlyCryptographicMessages: ImportWall = {
  regex: '^@peculiar/',
  message: 'Only packages/credentials/src/certificates and packages/message/src/smime read and write ASN.1.',
};
const onlyKerberos: ImportWall = {
  regex: '^kerberos$',
  message: 'Only packages/windows-authentication/src/kerberos loads the native module, when it is needed.',
};
const everywhere: readonly ImportWall[] = [
  { regex: '(^|/)main\\.ts$', message: 'main.ts starts a process. Import what it composes.' },
];
const insideWorkspace: readonly ImportWall[] = [
  ...everywhere,
  {
    regex: '^\\.{1,2}/(.*/)?(src|packages|services|test)/',
    message: 'Import another workspace by its name.',
  },
  { regex: '^(node:)?process$', message: 'Use the global process.' },
];
const noService: ImportWall = {
  regex: '^@postausgang/(config-api|mailer|standalone)$',
  message: 'Services never import each other; services/standalone alone composes them.',
};
const noPage: ImportWall = {
  regex: '^@postausgang/page$',
  message:
    'The page is a workspace that config-api alone serves: services/config-api/src/config-api.ts registers it.',
};
const noAdapter: ImportWall = {
  regex: '^\\./(sqlite|kafka)/',
  message: 'The port knows no adapter; only index.ts names both.',
};

const restrict = (walls: readonly ImportWall[]): Rules => ({
  'no-restricted-imports': ['error', { patterns: [...walls] }],
});
const imports = (...walls: readonly ImportWall[]): Rules => restrict([...insideWorkspace, ...walls]);

const nothingBut = (message: string, ...allowed: readonly string[]): ImportWall => ({
  group: ['**', ...['./**', ...allowed].map((pattern) => `!${pattern}`)],
  message,
});

const noProcessEnv = {
  object: 'process',
  property: 'env',
  message: 'Only a service’s config.ts reads process.env.',
};

/** No clock, no randomness, no process, no IO: time and ids come in with the command. */
const pure: Rules = {
  'postausgang/no-clock': 'error',
  'no-restricted-properties': [
    'error',
    { object: 'Date', property: 'now', message: 'Pure code reads no clock.' },
    { object: 'Math', property: 'random', message: 'Pure code draws no lots.' },
  ],
  'no-restricted-globals': [
    'error',
    {
      checkGlobalObject: true,
      globals: [
        'process',
        'performance',
        'crypto',
        'fetch',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'queueMicrotask',
        'Temporal',
      ],
    },
  ],
};

/** A digest is a pure function. */
const onlyDigests: ImportWall = {
  regex: '^node:crypto$',
  allowImportNames: ['createHash', 'hash'],
  message: 'Pure code takes digests from node:crypto, no randomness.',
};
const pureImports = 'Pure folders import contracts and pure code only.';

const config: OxlintConfig = {
  plugins: ['eslint', 'typescript', 'import', 'unicorn', 'oxc', 'promise'],
  jsPlugins: ['./test/tooling/no-clock.ts'],
  categories: { correctness: 'error' },
  options: { typeAware: true, denyWarnings: true, reportUnusedDisableDirectives: 'error' },
  env: { builtin: true, node: true },
  ignorePatterns: ['node_modules', '.tap', '/data/'],
  rules: {
    ...restrict([...everywhere, onlyKafkaAdapter]),
    'import/no-cycle': 'error',
    'import/no-default-export': 'error',
    'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'hack', 'xxx'], location: 'start' }],
    'prefer-const': 'error',
    'no-var': 'error',
    eqeqeq: 'error',
    // Factories return plain objects whose methods do not use `this`; taking them apart is fine.
    'typescript/unbound-method': 'off',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/ban-ts-comment': 'error',
    'typescript/consistent-type-imports': 'error',
    'typescript/only-throw-error': 'error',
    'typescript/no-misused-promises': ['error', { checksVoidReturn: false }],
    'typescript/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'typescript/no-floating-promises': [
      'error',
      { allowForKnownSafeCalls: [{ from: 'package', package: 'tap', name: ['test'] }] },
    ],
    'unicorn/filename-case': ['error', { case: 'kebabCase' }],
  },
  overrides: [
    {
      files: ['packages/*/src/**', 'services/*/src/**'],
      rules: {
        'no-console': 'error',
        'max-lines': ['error', 350],
        'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
        'no-restricted-properties': ['error', noProcessEnv],
        ...imports(onlyKafkaAdapter, onlyCryptographicMessages, onlyKerberos, noService, noPage),
      },
    },
    {
      files: ['services/config-api/src/config-api.ts'],
      rules: imports(onlyKafkaAdapter, onlyCryptographicMessages, onlyKerberos, noService),
    },
    {
      files: ['packages/windows-authentication/src/ntlm/**'],
      rules: {
        'postausgang/no-clock': 'error',
        ...imports(
          nothingBut(
            'NTLM computes messages; what carries them is not its business.',
            '../security-context.ts',
            '../windows-authentication-error.ts',
            '../ntlm/**',
            'node:crypto',
          ),
        ),
      },
    },
    {
      files: ['packages/credentials/src/certificates/**'],
      rules: imports(onlyKafkaAdapter, {
        regex: '^@postausgang/',
        message: 'Certificates depend on nothing of ours.',
      }),
    },
    { files: ['packages/message/src/smime/**'], rules: imports(onlyKafkaAdapter, noService, noPage) },
    { files: ['services/*/src/config.ts'], rules: { 'no-restricted-properties': 'off' } },
    { files: ['services/*/src/main.ts'], rules: { 'no-console': 'off' } },
    {
      files: ['services/page/src/*.ts'],
      rules: imports(
        nothingBut(
          'The page is served as files: its server side knows HTTP and the contracts, and nothing of settings and mail.',
          '@postausgang/contracts',
          '@postausgang/http',
          '@sinclair/typebox',
          'esbuild',
          'node:*',
          'node:*/**',
        ),
      ),
    },
    {
      // Runs in a browser: it knows the public API and its libraries, and nothing of the service.
      files: ['services/page/src/browser/**'],
      rules: imports(
        onlyKafkaAdapter,
        nothingBut(
          'The page uses preact, htm, its forms, and the public API by its client.',
          '../**',
          '#forms',
          '@postausgang/client',
          'preact',
          'preact/hooks',
          'htm',
        ),
      ),
    },
    {
      // Published by itself.
      files: ['packages/client/src/**'],
      rules: imports(nothingBut('The client depends on nothing: it is published by itself.')),
    },
    // Generated.
    { files: ['packages/client/src/operations.ts'], rules: { 'max-lines': 'off' } },
    { files: ['services/standalone/src/**'], rules: imports(onlyKafkaAdapter, noPage) },
    {
      files: ['packages/contracts/src/**'],
      rules: {
        ...pure,
        ...imports(
          nothingBut(
            'Contracts depend on @sinclair/typebox only.',
            '../**',
            '@sinclair/typebox',
            '@sinclair/typebox/**',
          ),
        ),
      },
    },
    {
      files: ['packages/settings/src/**'],
      rules: {
        ...pure,
        ...imports(onlyDigests, nothingBut(pureImports, '@postausgang/contracts', 'node:crypto')),
      },
    },
    {
      files: ['packages/mail/src/**'],
      rules: {
        ...pure,
        ...imports(nothingBut(pureImports, '@postausgang/contracts', '@postausgang/settings')),
      },
    },
    {
      files: ['services/mailer/src/limits/**'],
      rules: {
        ...pure,
        ...imports(
          nothingBut(pureImports, '@postausgang/contracts', '@postausgang/mail', '@postausgang/settings'),
        ),
      },
    },
    {
      files: ['packages/event-log/src/*.ts'],
      excludeFiles: ['packages/event-log/src/index.ts'],
      rules: imports(onlyKafkaAdapter, noService, noPage, noAdapter),
    },
    {
      files: ['packages/event-log/src/sqlite/**'],
      rules: imports(onlyKafkaAdapter, noService, noPage, {
        regex: '(^|/)kafka/',
        message: 'Adapters never import each other.',
      }),
    },
    {
      files: ['packages/event-log/src/kafka/**'],
      rules: imports(noService, noPage, {
        regex: '(^|/)sqlite(/|$)|^node:sqlite$',
        message: 'Adapters never import each other.',
      }),
    },
    { files: ['test/{event-log/kafka,distributed}/**'], rules: restrict(everywhere) },
    {
      files: ['test/**'],
      rules: { 'typescript/restrict-template-expressions': 'off', 'postausgang/one-clock': 'error' },
    },
    {
      files: ['oxlint.config.ts', 'test/tooling/no-clock.ts', 'test/tooling/reporter.ts'],
      rules: { 'import/no-default-export': 'off' },
    },
  ],
};

export default config;
