const token = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]+";
const quoted = '"[^"\\\\]*"';
const form = new RegExp(`^(${token})/${token}((?: *; *${token}=(?:${token}|${quoted}))*)$`);
const parameterNames = new RegExp(`; *(${token})=(?:${token}|${quoted})`, 'g');

/** The name of the file is a field of its own, and only what nests has a boundary. */
const refusedParameters = new Set(['name', 'boundary']);

/** Parts of these types hold parts or messages, which must not be encoded (RFC 2045 §6.4). */
const nestedTypes = new Set(['message', 'multipart']);

/** Whether an attachment may have this media type: RFC 2045 §5.1 with parameters, nothing that nests. */
export function isAttachmentType(text: string): boolean {
  const [, type = '', parameters = ''] = form.exec(text) ?? [];
  return type !== '' && !nestedTypes.has(type.toLowerCase()) && !hasRefusedParameter(parameters);
}

function hasRefusedParameter(parameters: string): boolean {
  return [...parameters.matchAll(parameterNames)].some(([, name = '']) =>
    refusedParameters.has(name.split('*', 1)[0]?.toLowerCase() ?? ''),
  );
}
