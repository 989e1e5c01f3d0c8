import { type Static, Type } from '@sinclair/typebox';
import { closed, Line, Nullable } from './schema-helpers.ts';

/** Longest address that fits into an SMTP path: 256 octets less the angle brackets (RFC 5321 §4.5.3.1.3). */
export const maxAddressLength = 254;

const name = Line(200, { description: 'Display name', examples: ['ACME GmbH'] });
const address = Line(maxAddressLength, { description: 'addr-spec', examples: ['erp@acme.example'] });

/**
 * A mail address with its display name. The schema enforces structure only; whether `address` is a valid
 * addr-spec is decided by the strict grammar of the domain (code `address-invalid`).
 */
export const AddressSchema = Type.Object({ name: Type.Optional(name), address }, closed);
export type Address = Static<typeof AddressSchema>;

/** A merge patch of an address (RFC 7396): absent keeps, a null name removes it. */
export const AddressPatchSchema = Type.Object(
  { name: Type.Optional(Nullable(name)), address: Type.Optional(address) },
  closed,
);
export type AddressPatch = Static<typeof AddressPatchSchema>;
