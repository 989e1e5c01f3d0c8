/** docs/asyncapi.yaml as it has to be: what the contracts say, with the frozen samples as examples. */
import { readdirSync, readFileSync } from 'node:fs';
import { asyncApiDocument, type CloudEvent, erpAsyncApiDocument } from '@postausgang/contracts';
import { format, resolveConfig } from 'prettier';
import { Document, type Scalar, visit } from 'yaml';

export const asyncApiFile = new URL('../../docs/asyncapi.yaml', import.meta.url);
export const erpAsyncApiFile = new URL('../../docs/asyncapi-erp.yaml', import.meta.url);

const samplesDirectory = new URL('../contracts/samples/', import.meta.url);
const longestFlow = 85;

export function readSamples(): readonly CloudEvent[] {
  const files = readdirSync(samplesDirectory).toSorted();
  return files.map((file) => JSON.parse(readFileSync(new URL(file, samplesDirectory), 'utf8')));
}

/**
 * A reader of YAML 1.1 takes a bare `off` for false and a bare instant for a date. `compat` quotes the former; it
 * would quote the latter too, had tap not taken that from the library it shares with us.
 */
function quoteInstants(_key: unknown, node: Scalar): void {
  if (typeof node.value === 'string' && /^\d{4}-/.test(node.value)) {
    node.type = 'QUOTE_SINGLE';
  }
}

const origin = 'Generated from packages/contracts by npm run generate:asyncapi.';

export const asyncApiYaml = (): Promise<string> => yamlOf(asyncApiDocument(readSamples()), origin);

/** docs/asyncapi-erp.yaml as it has to be. */
export const erpAsyncApiYaml = (): Promise<string> => yamlOf(erpAsyncApiDocument(readSamples()), origin);

/** Formatted the way the whole repository is. What is short stands on one line. */
export async function yamlOf(content: unknown, origin: string): Promise<string> {
  const document = new Document(content, { aliasDuplicateObjects: false, compat: 'yaml-1.1' });
  document.commentBefore = ` ${origin} Do not edit.`;
  visit(document, {
    Scalar: quoteInstants,
    Collection(_key, node) {
      node.flow = JSON.stringify(node.toJS(document)).length <= longestFlow;
    },
  });
  const text = document.toString({ blockQuote: 'literal', lineWidth: 110 });
  return format(text, { ...(await resolveConfig(asyncApiFile)), parser: 'yaml' });
}
