import { type OutgoingServerContent, readRecord, topics } from '@postausgang/contracts';
import { completeContent, defaultContent } from '@postausgang/settings';
import { type Service, serverPath } from './fixture.ts';

export const ifMatch = (version: number) => ({ 'if-match': `"${version}"` });

export const put = (
  { call }: Service,
  version: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) => call('PUT', serverPath, { body, headers: { ...ifMatch(version), ...headers } });

export const patch = (
  { call }: Service,
  version: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) => call('PATCH', serverPath, { body, headers: { ...ifMatch(version), ...headers } });

export const revert = (
  { call }: Service,
  version: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
) => call('POST', `${serverPath}/revert`, { body, headers: { ...ifMatch(version), ...headers } });

/** The content of the newest settings-changed, as it stands in the log. */
export async function storedContent({ log }: Service): Promise<OutgoingServerContent> {
  let content = defaultContent;
  const follower = log.follow(topics.settings.name, 'start', (records) => {
    for (const record of records) {
      const result = readRecord(record);
      if (result.ok && result.event.type === 'io.postausgang.settings-changed.v1')
        content = completeContent(result.event.data.content);
    }
  });
  await follower.caughtUp;
  await follower.stop();
  return content;
}
