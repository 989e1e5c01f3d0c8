import type MimeNode from 'nodemailer/lib/mime-node';
import type { MimeNodeHeaderValue, MimeNodeOptions } from 'nodemailer/lib/mime-node';
import { HeaderNode } from './header-node.ts';
import type { LeafPart, MimePart } from './mime-part.ts';
import { joinPieces, type Piece, pieceOfText } from './pieces.ts';

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
  const pieces: Piece[] = [];
  renderPart(tree, root, pieces);
  return joinPieces(pieces);
}

function renderPart(part: MimePart, node: MimeNode, pieces: Piece[]): void {
  if ('parts' in part) {
    pieces.push(pieceOfText(`${node.buildHeaders()}\r\n\r\n`, 'utf8'));
    for (const [index, child] of part.parts.entries()) {
      pieces.push(pieceOfText(`${index === 0 ? '' : '\r\n'}--${node.boundary}\r\n`, 'latin1'));
      renderPart(child, node.appendChild(createNode(child, { baseBoundary: node.baseBoundary })), pieces);
    }
    pieces.push(pieceOfText(`\r\n--${node.boundary}--\r\n`, 'latin1'));
    return;
  }
  setLeafHeaders(part, node);
  pieces.push(pieceOfText(`${node.buildHeaders()}\r\n\r\n`, 'utf8'), part.body.piece);
}

/** The node never gets content: what it would read from a path or an address cannot come into being. */
function createNode(part: MimePart, options: MimeNodeOptions): MimeNode {
  const filename = 'parts' in part ? undefined : part.filename;
  return new HeaderNode(part.contentType, {
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
