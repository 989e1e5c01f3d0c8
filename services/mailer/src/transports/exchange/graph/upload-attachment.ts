import type { HttpsClient } from '../http/https-client.ts';
import type { HttpsResult } from '../http/https-request.ts';
import type { BearerClient, NoToken } from '../oauth/bearer-client.ts';
import type { SplitAttachment } from './split-attachments.ts';

/** Graph takes smaller ones in one request, and upload sessions for what is larger. */
const sessionFromBytes = 3 * 1024 * 1024;
/** A multiple of 320 KiB. */
const rangeBytes = 10 * 320 * 1024;

type Step = HttpsResult | NoToken;

/** Adds an attachment to the draft at `url`; the step that did not work, or null. */
export async function uploadAttachment(
  graph: BearerClient,
  https: HttpsClient,
  url: string,
  attachment: SplitAttachment,
): Promise<Step | null> {
  return attachment.content.length < sessionFromBytes
    ? postAttachment(graph, url, attachment)
    : uploadInSession(graph, https, url, attachment);
}

async function postAttachment(
  graph: BearerClient,
  url: string,
  { name, contentType, content }: SplitAttachment,
): Promise<Step | null> {
  const step = await postJson(graph, `${url}/attachments`, {
    '@odata.type': '#microsoft.graph.fileAttachment',
    name,
    contentType,
    contentBytes: content.toString('base64'),
  });
  return isStatus(step, 201) ? null : step;
}

async function uploadInSession(
  graph: BearerClient,
  https: HttpsClient,
  url: string,
  { name, contentType, content }: SplitAttachment,
): Promise<Step | null> {
  const AttachmentItem = { attachmentType: 'file', name, contentType, size: content.length };
  const session = await postJson(graph, `${url}/attachments/createUploadSession`, { AttachmentItem });
  const uploadUrl = uploadUrlOf(session);
  if (uploadUrl === undefined) return session;
  for (let start = 0; start < content.length; start += rangeBytes) {
    const body = content.subarray(start, start + rangeBytes);
    const range = `bytes ${start}-${start + body.length - 1}/${content.length}`;
    // The address itself is the permission: a token would go to another server than its own.
    const step = await https.request({
      method: 'PUT',
      url: uploadUrl,
      headers: { 'content-type': 'application/octet-stream', 'content-range': range },
      body,
    });
    if (!isStatus(step, 200) && !isStatus(step, 201)) return step;
  }
  return null;
}

function postJson(graph: BearerClient, url: string, value: unknown): Promise<Step> {
  return graph.request({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(value)),
  });
}

function isStatus(step: Step, status: number): boolean {
  return step.kind === 'answer' && step.status === status;
}

function uploadUrlOf(step: Step): string | undefined {
  if (step.kind !== 'answer' || step.status !== 201) return undefined;
  try {
    const { uploadUrl } = Object(JSON.parse(step.body.toString('utf8')));
    return typeof uploadUrl === 'string' && uploadUrl.startsWith('https://') && URL.canParse(uploadUrl)
      ? uploadUrl
      : undefined;
  } catch {
    return undefined;
  }
}
