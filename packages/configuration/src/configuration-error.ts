/** The environment does not hold a usable configuration. The message names every variable that is wrong, and why. */
export class ConfigurationError extends Error {
  readonly code = 'configuration-invalid';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((line) => `  ${line}`).join('\n')}`);
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}
