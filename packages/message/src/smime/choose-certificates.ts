import { X509Certificate } from 'node:crypto';
import { type Failure, failure, type OutgoingServerContent } from '@postausgang/contracts';
import { certificateById } from '@postausgang/credentials';
import { type SettingsState, usableRecipientCertificate } from '@postausgang/settings';
import { createRecipient, type Recipient } from './encrypt.ts';
import type { RecipientGroup } from './mail-security.ts';

type Settings = Pick<SettingsState, 'certificates'>;

/** Whom the message of a group is encrypted to, without the sender; null: it is not encrypted. */
export interface ChosenGroup extends RecipientGroup {
  readonly encryptedTo: readonly Recipient[] | null;
}

type Choice =
  | {
      readonly ok: true;
      readonly groups: readonly ChosenGroup[];
      /** Recipients without a usable certificate, whose messages are not encrypted. */
      readonly without: readonly string[];
    }
  | { readonly ok: false; readonly failure: Failure };

/** More names would only make the reason longer. */
const namedAtMost = 10;

/**
 * The certificates for each group. Under `required` one that is missing fails the whole mail, before anything is sent;
 * under `when-possible` the group's message is not encrypted: one cleartext copy of it would be enough to read it.
 */
export function chooseCertificates(
  groups: readonly RecipientGroup[],
  { encrypt, gatewayCertificateId }: OutgoingServerContent['smime'],
  settings: Settings,
  nowMs: number,
): Choice {
  switch (encrypt) {
    case 'off':
      return { ok: true, groups: [togetherAgain(groups, null)], without: [] };
    case 'gateway': {
      const gateway = gatewayRecipient(gatewayCertificateId, settings);
      return gateway === undefined
        ? { ok: false, failure: failure('smime-certificate-unusable', 'the certificate of the gateway') }
        : { ok: true, groups: [togetherAgain(groups, [gateway])], without: [] };
    }
    case 'required':
    case 'when-possible':
      return chooseForEach(groups, encrypt, settings, nowMs);
    default:
      return encrypt satisfies never;
  }
}

/** Where no certificate of a recipient stands in the message, nobody has to be kept apart. */
function togetherAgain(
  groups: readonly RecipientGroup[],
  encryptedTo: readonly Recipient[] | null,
): ChosenGroup {
  return { for: null, recipients: groups.flatMap(({ recipients }) => recipients), encryptedTo };
}

function chooseForEach(
  groups: readonly RecipientGroup[],
  encrypt: 'required' | 'when-possible',
  settings: Settings,
  nowMs: number,
): Choice {
  const found = groups.map((group) => ({
    ...group,
    each: group.recipients.map((address) => ({ address, to: recipientFor(address, settings, nowMs) })),
  }));
  const without = found.flatMap(({ each }) =>
    each.filter(({ to }) => to === undefined).map(({ address }) => address),
  );
  if (encrypt === 'required' && without.length > 0) {
    const detail = without.slice(0, namedAtMost).join(', ');
    return { ok: false, failure: failure('smime-recipient-certificate-missing', detail) };
  }
  const chosen = found.map(({ each, ...group }) => {
    const to = each.flatMap((one) => one.to ?? []);
    return { ...group, encryptedTo: to.length === each.length ? to : null };
  });
  return { ok: true, groups: chosen, without };
}

function recipientFor(address: string, settings: Settings, nowMs: number): Recipient | undefined {
  const certificate = usableRecipientCertificate(settings, address, nowMs)?.content.certificate ?? null;
  return certificate === null ? undefined : recipientOf(certificate);
}

function gatewayRecipient(id: string | null, settings: Settings): Recipient | undefined {
  const certificate = id === null ? null : (certificateById(settings, id)?.content.certificate ?? null);
  return certificate === null ? undefined : recipientOf(certificate);
}

const known = new Map<string, Recipient | undefined>();
const knownAtMost = 2000;

/** Reading a certificate costs more than encrypting to it, and the same ones come again. */
function recipientOf(pem: string): Recipient | undefined {
  if (!known.has(pem)) {
    if (known.size >= knownAtMost) known.clear();
    known.set(pem, createRecipient(new X509Certificate(pem)));
  }
  return known.get(pem);
}
