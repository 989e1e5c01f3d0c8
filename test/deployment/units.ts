/** The values of a setting in a systemd unit, in order; the sections do not share names. */
export function unitSetting(unit: string, name: string): readonly string[] {
  return unit
    .split('\n')
    .filter((line) => line.startsWith(`${name}=`))
    .map((line) => line.slice(name.length + 1));
}

/** What the unit sets in the environment. */
export function unitEnvironment(unit: string): Readonly<Record<string, string>> {
  const assignments = unitSetting(unit, 'Environment').flatMap((line) => line.split(' '));
  return Object.fromEntries(
    assignments.map((text) => [text.slice(0, text.indexOf('=')), text.slice(text.indexOf('=') + 1)]),
  );
}
