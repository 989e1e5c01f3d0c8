/** The trace that something belongs to (W3C Trace Context §3.2), as a header and as an attribute of CloudEvents. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** 1: the trace is recorded. */
  readonly flags: number;
}

const form = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** Undefined: there is none, or it has not the form of one. Later versions may have more at the end. */
export function readTraceparent(text: unknown): TraceParent | undefined {
  const [, version, traceId, spanId, flags, rest] = (typeof text === 'string' ? form.exec(text) : null) ?? [];
  if (traceId === undefined || spanId === undefined || (version === '00' && rest !== undefined))
    return undefined;
  return { traceId, spanId, flags: Number.parseInt(flags ?? '0', 16) };
}

export function writeTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
}
