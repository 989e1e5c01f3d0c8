import type { OutgoingServerContent, StoredOutgoingServerContent } from '@postausgang/contracts';
import { defaultContent } from './default-content.ts';

const parts = ['smtp', 'exchange', 'smime', 'limits'] as const;

const fieldNames = Object.keys(defaultContent);
const partFieldNames = parts.map((part) => ({ part, names: Object.keys(defaultContent[part]) }));

/**
 * The content of an event with everything that it does not hold, because it was written before there was such a field,
 * at its default. Whoever reads content from an event does this first. Content that is complete comes back as it is:
 * nearly every event of a long history is.
 */
export function completeContent(stored: StoredOutgoingServerContent): OutgoingServerContent {
  if (isComplete(stored)) return stored;
  return {
    ...defaultContent,
    ...stored,
    smtp: { ...defaultContent.smtp, ...stored.smtp },
    exchange: { ...defaultContent.exchange, ...stored.exchange },
    smime: { ...defaultContent.smime, ...stored.smime },
    limits: { ...defaultContent.limits, ...stored.limits },
  };
}

function isComplete(stored: StoredOutgoingServerContent): stored is OutgoingServerContent {
  return (
    fieldNames.every((name) => name in stored) &&
    partFieldNames.every(({ part, names }) => names.every((name) => name in (stored[part] ?? {})))
  );
}
