import type { Difference, OutgoingServerContent } from '@postausgang/contracts';
import { isSameSecret } from '../resource/same-secret.ts';
import { defaultContent } from './default-content.ts';
import { passwordPointer } from './smtp-destination.ts';

type Values = ReadonlyMap<string, unknown>;

const sections = ['smtp', 'exchange', 'smime', 'limits'] as const;

/** The fields in which two contents differ, in a fixed order. Empty exactly when the contents are the same. */
export function differences(from: OutgoingServerContent, to: OutgoingServerContent): Difference[] {
  const before = plainValues(from);
  const after = plainValues(to);
  const changed = [...before.keys()].filter((pointer) => before.get(pointer) !== after.get(pointer));
  const plain = changed.map((pointer) => ({
    pointer,
    secret: false,
    from: before.get(pointer),
    to: after.get(pointer),
  }));
  const secret = { pointer: passwordPointer, secret: true, from: null, to: null };
  return isSameSecret(from.smtp.password, to.smtp.password) ? plain : [...plain, secret];
}

/** JSON pointer to value of every field but the secrets; what is absent is null. */
function plainValues(content: OutgoingServerContent): Values {
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
