import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { thirdPartyNotices } from './third-party.ts';

writeFileSync(join(import.meta.dirname, '../../THIRD-PARTY-NOTICES.txt'), thirdPartyNotices());
