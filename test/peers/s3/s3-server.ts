import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { AwsClient } from 'aws4fetch';
import type { Test } from 'tap';
import { freePort } from '../free-port.ts';
import { waitFor } from '../wait-for.ts';
import { fetchPythonPackages } from '../python-packages.ts';

export interface S3Server {
  /** `http://127.0.0.1:port` */
  readonly address: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Ends the server; it has forgotten everything then. */
  stop(): Promise<void>;
}

const region = 'eu-central-1';
const bucket = 'postausgang';

/** moto with one bucket and one user. From then on it checks every signature and permission. */
export async function startS3Server(t: Test): Promise<S3Server> {
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = spawn('python3', ['-m', 'moto.server', '-H', '127.0.0.1', '-p', String(port)], {
    env: { ...process.env, PYTHONPATH: fetchPythonPackages('moto'), INITIAL_NO_AUTH_ACTION_COUNT: 'inf' },
    stdio: 'ignore',
  });
  const ended = once(server, 'exit');
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL');
    await ended;
  };
  t.teardown(stop);
  const isUp = async (): Promise<true | undefined> => {
    const answer = await fetch(`${address}/moto-api/`).catch(() => undefined);
    await answer?.body?.cancel();
    return answer === undefined ? undefined : true;
  };
  await waitFor('the S3 server', isUp);
  const key = await createUser(address);
  await createBucket(address, key);
  await expectOk(await fetch(`${address}/moto-api/reset-auth`, { method: 'POST', body: '0' }));
  return { address, bucket, region, ...key, stop };
}

interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

async function createUser(address: string): Promise<AccessKey> {
  const iam = new AwsClient({ accessKeyId: 'root', secretAccessKey: 'root', region, service: 'iam' });
  const ask = async (parameters: Record<string, string>): Promise<string> => {
    const body = new URLSearchParams({ Version: '2010-05-08', UserName: 'mailer', ...parameters }).toString();
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    return expectOk(await iam.fetch(`${address}/`, { method: 'POST', headers, body }));
  };
  await ask({ Action: 'CreateUser' });
  const statement = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
  await ask({ Action: 'PutUserPolicy', PolicyName: 'objects', PolicyDocument: policy });
  const answer = await ask({ Action: 'CreateAccessKey' });
  const field = (name: string): string => new RegExp(`<${name}>([^<]+)<`).exec(answer)?.[1] ?? '';
  return { accessKeyId: field('AccessKeyId'), secretAccessKey: field('SecretAccessKey') };
}

async function createBucket(address: string, key: AccessKey): Promise<void> {
  const s3 = new AwsClient({ ...key, region, service: 's3' });
  const body = `<CreateBucketConfiguration><LocationConstraint>${region}</LocationConstraint></CreateBucketConfiguration>`;
  await expectOk(await s3.fetch(`${address}/${bucket}`, { method: 'PUT', body }));
}

async function expectOk(response: Response): Promise<string> {
  const text = await response.text();
  if (!response.ok) throw new Error(`The S3 server answered ${response.status}: ${text}`);
  return text;
}
