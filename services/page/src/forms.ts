/*
 * What the page says from the contracts. The browser gets the exports of this module as data, under the name `#forms`.
 */
import {
  certificateFields,
  certificateTexts,
  exchangeConnectionFields,
  exchangeConnectionTexts,
  fieldGroups,
  formFields,
  outgoingServerFields,
  outgoingServerTexts,
  problemCodes,
  problemType,
  senderFields,
  senderTexts,
  sendingModeFields,
  sendingModeTexts,
} from '@postausgang/contracts';

/** The forms of the settings, drawn from the field tables. */
export const forms = {
  server: formFields(outgoingServerFields, outgoingServerTexts),
  connection: formFields(exchangeConnectionFields, exchangeConnectionTexts),
  certificate: formFields(certificateFields, certificateTexts),
  sender: formFields(senderFields, senderTexts),
  sendingMode: formFields(sendingModeFields, sendingModeTexts),
  groups: fieldGroups,
};

/** Cause and remedy of each problem, by its code. */
export const problems = Object.fromEntries(
  problemCodes.map((code) => {
    const { cause, remedy } = problemType(code);
    return [code, { de: `${cause.de} ${remedy.de}`, en: `${cause.en} ${remedy.en}` }] as const;
  }),
);
