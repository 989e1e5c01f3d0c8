import { AsnConvert, AsnProp, AsnPropTypes, OctetString } from '@peculiar/asn1-schema';
import { AlgorithmIdentifier } from '@peculiar/asn1-x509';

/** PBES2-params (RFC 8018 §A.4). The library wants a class; its decorators are called by hand, they do not erase. */
class Pbes2Params {
  keyDerivation = new AlgorithmIdentifier();
  encryption = new AlgorithmIdentifier();
}
AsnProp({ type: AlgorithmIdentifier })(Pbes2Params.prototype, 'keyDerivation');
AsnProp({ type: AlgorithmIdentifier })(Pbes2Params.prototype, 'encryption');

const hmacWithSha1 = '1.2.840.113549.2.7';

/** PBKDF2-params (RFC 8018 §A.2); a salt from elsewhere is not supported by anybody. */
class Pbkdf2Params {
  salt = new OctetString();
  iterations = 0;
  keyLength?: number;
  prf = new AlgorithmIdentifier({ algorithm: hmacWithSha1, parameters: null });
}
AsnProp({ type: OctetString })(Pbkdf2Params.prototype, 'salt');
AsnProp({ type: AsnPropTypes.Integer })(Pbkdf2Params.prototype, 'iterations');
AsnProp({ type: AsnPropTypes.Integer, optional: true })(Pbkdf2Params.prototype, 'keyLength');
AsnProp({
  type: AlgorithmIdentifier,
  defaultValue: new AlgorithmIdentifier({ algorithm: hmacWithSha1, parameters: null }),
})(Pbkdf2Params.prototype, 'prf');

/** What PBES2 asks for, by object identifiers. */
export interface Pbes2 {
  readonly keyDerivation: string;
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly prf: string;
  readonly cipher: string;
  readonly iv: Uint8Array;
}

const pbkdf2 = '1.2.840.113549.1.5.12';

/** Undefined when the key is not derived by PBKDF2. */
export function readPbes2(parameters: ArrayBuffer): Pbes2 | undefined {
  const { keyDerivation, encryption } = AsnConvert.parse(parameters, Pbes2Params);
  if (keyDerivation.algorithm !== pbkdf2 || !keyDerivation.parameters || !encryption.parameters) {
    return undefined;
  }
  const { salt, iterations, prf } = AsnConvert.parse(keyDerivation.parameters, Pbkdf2Params);
  return {
    keyDerivation: keyDerivation.algorithm,
    salt: new Uint8Array(salt.buffer),
    iterations,
    prf: prf.algorithm,
    cipher: encryption.algorithm,
    iv: new Uint8Array(AsnConvert.parse(encryption.parameters, OctetString).buffer),
  };
}
