/** The forms of the settings, drawn from the field tables. The browser gets this module as data, under the name `#forms`. */
import {
  certificateFields,
  certificateTexts,
  exchangeConnectionFields,
  exchangeConnectionTexts,
  fieldGroups,
  formFields,
  outgoingServerFields,
  outgoingServerTexts,
  senderFields,
  senderTexts,
} from '@postausgang/contracts';

export const forms = {
  server: formFields(outgoingServerFields, outgoingServerTexts),
  connection: formFields(exchangeConnectionFields, exchangeConnectionTexts),
  certificate: formFields(certificateFields, certificateTexts),
  sender: formFields(senderFields, senderTexts),
  groups: fieldGroups,
};
