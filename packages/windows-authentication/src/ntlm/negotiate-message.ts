import { askedFlags } from './flags.ts';
import { signature, version } from './message.ts';

/** NEGOTIATE_MESSAGE (MS-NLMP 2.2.1.1), without the names that nobody looks at. Always the same. */
export function negotiateMessage(): Buffer {
  const message = Buffer.alloc(40);
  signature.copy(message);
  message.writeUInt32LE(1, 8);
  message.writeUInt32LE(askedFlags, 12);
  version.copy(message, 32);
  return message;
}
