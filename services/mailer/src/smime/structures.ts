/**
 * Structures of the RFCs that the library does not have. It wants a class for each; its decorators are called by hand,
 * since they do not erase.
 */
import {
  CMSVersion,
  DigestAlgorithmIdentifiers,
  EncapsulatedContentInfo,
  EncryptedContentInfo,
  RecipientInfos,
  SignerInfos,
} from '@peculiar/asn1-cms';
import { AsnProp, AsnPropTypes, AsnType, AsnTypeTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';

/** SignedData (RFC 5652 §5.1) with the certificates as they came: their signatures do not survive a new encoding. */
export class SignedMessage {
  version = CMSVersion.v1;
  digestAlgorithms = new DigestAlgorithmIdentifiers();
  encapContentInfo = new EncapsulatedContentInfo();
  certificates: ArrayBuffer[] = [];
  signerInfos = new SignerInfos();
}
AsnProp({ type: AsnPropTypes.Integer })(SignedMessage.prototype, 'version');
AsnProp({ type: DigestAlgorithmIdentifiers })(SignedMessage.prototype, 'digestAlgorithms');
AsnProp({ type: EncapsulatedContentInfo })(SignedMessage.prototype, 'encapContentInfo');
AsnProp({ type: AsnPropTypes.Any, repeated: 'set', context: 0, implicit: true })(
  SignedMessage.prototype,
  'certificates',
);
AsnProp({ type: SignerInfos })(SignedMessage.prototype, 'signerInfos');

/** A SET OF, encoded by itself: what is signed (RFC 5652 §5.4). The items have to be in the order of DER. */
export class AttributeSet {
  items: ArrayBuffer[] = [];
}
AsnType({ type: AsnTypeTypes.Choice })(AttributeSet);
AsnProp({ type: AsnPropTypes.Any, repeated: 'set' })(AttributeSet.prototype, 'items');

/** AuthEnvelopedData (RFC 5083 §2.1), without attributes. */
export class AuthEnvelopedData {
  version = CMSVersion.v0;
  recipientInfos = new RecipientInfos();
  authEncryptedContentInfo = new EncryptedContentInfo();
  mac = new OctetString();
}
AsnProp({ type: AsnPropTypes.Integer })(AuthEnvelopedData.prototype, 'version');
AsnProp({ type: RecipientInfos })(AuthEnvelopedData.prototype, 'recipientInfos');
AsnProp({ type: EncryptedContentInfo })(AuthEnvelopedData.prototype, 'authEncryptedContentInfo');
AsnProp({ type: OctetString })(AuthEnvelopedData.prototype, 'mac');

/** GCMParameters (RFC 5084 §3.2). */
export class GcmParameters {
  nonce = new OctetString();
  tagBytes = 16;
}
AsnProp({ type: OctetString })(GcmParameters.prototype, 'nonce');
AsnProp({ type: AsnPropTypes.Integer })(GcmParameters.prototype, 'tagBytes');

/** ECC-CMS-SharedInfo (RFC 5753 §7.2). */
export class SharedInfo {
  keyInfo = new AlgorithmIdentifier();
  keyBits = new OctetString();
}
AsnProp({ type: AlgorithmIdentifier })(SharedInfo.prototype, 'keyInfo');
AsnProp({ type: OctetString, context: 2 })(SharedInfo.prototype, 'keyBits');

/** SMIMECapability (RFC 8551 §2.5.2). */
export class Capability {
  id = '';
}
AsnProp({ type: AsnPropTypes.ObjectIdentifier })(Capability.prototype, 'id');

/** SMIMECapabilities, the preferred one first. */
export class Capabilities {
  items: Capability[] = [];
}
AsnType({ type: AsnTypeTypes.Choice })(Capabilities);
AsnProp({ type: Capability, repeated: 'sequence' })(Capabilities.prototype, 'items');
