import { AwsClient } from 'aws4fetch';
import { folderStore } from '../artifacts/folder-store.js';
import { s3Store } from '../artifacts/s3-store.js';
import type { Store } from '../artifacts/store.js';
import { InvalidInput } from '../schemas/invalid-input.js';
import type { Settings } from './settings.js';

/** The artifact store that the settings name: a folder, or `s3://bucket/prefix` on any S3-compatible service. */
export function openStore({ store, s3 }: Settings): Store {
  if (!store.startsWith('s3://')) return folderStore(store);
  const [, bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/*$/.exec(store) ?? [];
  if (bucket === '')
    throw new InvalidInput(`CROSSOVER_STORE=${store}: expected s3://bucket or s3://bucket/prefix`);
  const { endpoint, region, accessKeyId, secretAccessKey, sessionToken } = s3;
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new InvalidInput(
      `CROSSOVER_STORE=${store} needs AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment`,
    );
  }
  const signer = new AwsClient({
    accessKeyId,
    secretAccessKey,
    region,
    service: 's3',
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  return s3Store({ endpoint, bucket, prefix, send: (url, init) => signer.fetch(url, init) });
}
