import type { Difference, OutgoingServerContent } from '@postausgang/contracts';
import { plainDifferences, type PlainValues, secretDifference } from '../resource/differences.ts';
import { defaultContent } from './default-content.ts';
import { passwordPointer } from './smtp-destination.ts';

const sections = ['smtp', 'exchange', 'smime', 'limits'] as const;

/** The fields in which two contents differ, in a fixed order. Empty exactly when the contents are the same. */
export function differences(from: OutgoingServerContent, to: OutgoingServerContent): Difference[] {
  return [
    ...plainDifferences(plainValues(from), plainValues(to)),
    ...secretDifference(passwordPointer, from.smtp.password, to.smtp.password),
  ];
}

function plainValues(content: OutgoingServerContent): PlainValues {
  const { enabled, serverType, senderAddress, timeoutSeconds, copyToSender, whenDisabled, onUnknown } =
    content;
  const values = new Map<string, unknown>([
    ['/enabled', enabled],
    ['/serverType', serverType],
    ['/senderAddress/name', senderAddress?.name ?? null],
    ['/senderAddress/address', senderAddress?.address ?? null],
    ['/timeoutSeconds', timeoutSeconds],
    ['/copyToSender', copyToSender],
    ['/whenDisabled', whenDisabled],
    ['/onUnknown', onUnknown],
  ]);
  for (const section of sections) addSection(values, section, content);
  return values;
}

function addSection(
  values: Map<string, unknown>,
  section: (typeof sections)[number],
  content: OutgoingServerContent,
): void {
  const fields = new Map<string, unknown>(Object.entries(content[section]));
  for (const name of Object.keys(defaultContent[section])) {
    const pointer = `/${section}/${name}`;
    if (pointer !== passwordPointer) values.set(pointer, fields.get(name));
  }
}
