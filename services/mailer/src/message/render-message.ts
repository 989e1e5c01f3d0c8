import MimeNode, { type MimeNodeHeaderValue, type MimeNodeOptions } from 'nodemailer/lib/mime-node';
import type { LeafPart, MimePart } from './mime-part.ts';

export interface MessageHeader {
  readonly name: string;
  readonly value: MimeNodeHeaderValue;
}

/** The headers of the whole message, and what its boundaries begin with. */
export interface MessageFrame {
  readonly headers: readonly MessageHeader[];
  readonly boundaryPrefix: string;
  readonly baseBoundary: string;
}

/**
 * The bytes of a message. nodemailer encodes and folds every header; the bodies are ours, already encoded, so that
 * nothing depends on streams, time or chance.
 */
export function renderMessage(tree: MimePart, frame: MessageFrame): Uint8Array {
  const { headers, boundaryPrefix, baseBoundary } = frame;
  const givenNames = new Map(headers.map(({ name }) => [name.toLowerCase(), name]));
  const root = createNode(tree, {
    boundaryPrefix,
    baseBoundary,
    normalizeHeaderKey: (key) => givenNames.get(key.toLowerCase()) ?? key,
  });
  for (const { name, value } of headers) {
    root.setHeader(name, value);
  }
  const chunks: Uint8Array[] = [];
  renderPart(tree, root, chunks);
  endWithLineBreak(chunks);
  return Buffer.concat(chunks);
}

function renderPart(part: MimePart, node: MimeNode, chunks: Uint8Array[]): void {
  if ('parts' in part) {
    chunks.push(Buffer.from(`${node.buildHeaders()}\r\n\r\n`, 'utf8'));
    for (const [index, child] of part.parts.entries()) {
      chunks.push(Buffer.from(`${index === 0 ? '' : '\r\n'}--${node.boundary}\r\n`, 'latin1'));
      renderPart(child, node.appendChild(createNode(child, { baseBoundary: node.baseBoundary })), chunks);
    }
    chunks.push(Buffer.from(`\r\n--${node.boundary}--\r\n`, 'latin1'));
    return;
  }
  setLeafHeaders(part, node);
  chunks.push(Buffer.from(`${node.buildHeaders()}\r\n\r\n`, 'utf8'), part.body.bytes);
}

/** The node never gets content: what it would read from a path or an address cannot come into being. */
function createNode(part: MimePart, options: MimeNodeOptions): MimeNode {
  const filename = 'parts' in part ? undefined : part.filename;
  return new MimeNode(part.contentType, {
    ...options,
    filename,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}

function setLeafHeaders({ contentId, body, disposition }: LeafPart, node: MimeNode): void {
  if (contentId !== undefined) {
    node.setHeader('Content-ID', `<${contentId}>`);
  }
  node.setHeader('Content-Transfer-Encoding', body.transferEncoding);
  if (disposition !== undefined) {
    node.setHeader('Content-Disposition', disposition);
  }
}

function endWithLineBreak(chunks: Uint8Array[]): void {
  if (chunks.findLast(({ length }) => length > 0)?.at(-1) !== 0x0a) {
    chunks.push(Buffer.from('\r\n', 'latin1'));
  }
}
