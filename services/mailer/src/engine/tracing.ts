/**
 * Spans of the way of a mail: its acceptance, each attempt, and the dialogue with the server. They go to whatever tracer the
 * process has registered with `@opentelemetry/api`; without one there is nothing to record. The trace of a mail goes on
 * either way: it comes with the request and is in every event about the mail.
 */
import {
  type Attributes,
  context,
  type Context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { productVersion, readTraceparent, writeTraceparent } from '@postausgang/contracts';

interface SpanOptions {
  readonly parent: Context;
  readonly kind: 'server' | 'client' | 'internal';
  readonly attributes: Attributes;
}

const kinds = { server: SpanKind.SERVER, client: SpanKind.CLIENT, internal: SpanKind.INTERNAL };

/** Does the work within a span, which is the parent of every span that begins meanwhile. */
export async function traced<Result>(
  name: string,
  { parent, kind, attributes }: SpanOptions,
  work: (span: Span) => Promise<Result>,
): Promise<Result> {
  const tracer = trace.getTracer('postausgang', productVersion);
  const span = tracer.startSpan(name, { kind: kinds[kind], attributes }, parent);
  try {
    return await context.with(trace.setSpan(parent, span), () => work(span));
  } catch (error) {
    span.setStatus({ code: SpanStatusCode.ERROR });
    throw error;
  } finally {
    span.end();
  }
}

/** What a `traceparent` says; the root where it says nothing. */
export function traceOf(traceparent: unknown): Context {
  const parent = readTraceparent(traceparent);
  if (parent === undefined) return ROOT_CONTEXT;
  const { traceId, spanId, flags: traceFlags } = parent;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true });
}

/** The span that is under way, such as that of an instrumented HTTP server. Otherwise what the `traceparent` says. */
export function activeTrace(traceparent?: unknown): Context {
  const active = context.active();
  return trace.getSpan(active) === undefined ? traceOf(traceparent) : active;
}

/** The `traceparent` of what follows from a span; undefined where there is no trace. */
export function traceparentOf(span: Span): string | undefined {
  const { traceId, spanId, traceFlags: flags } = span.spanContext();
  return (
    readTraceparent(writeTraceparent({ traceId, spanId, flags })) &&
    writeTraceparent({ traceId, spanId, flags })
  );
}
