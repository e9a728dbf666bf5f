import { createHash } from 'node:crypto';
import { StorageFailure } from './store-errors.js';

/**
 * Where objects are kept and how requests get there: `send` is `fetch` that adds the service’s signature and tries again when the
 * service answers 429 or 5xx.
 */
export interface S3Location {
  /** e.g. "https://s3.eu-central-1.amazonaws.com" or "http://127.0.0.1:9000" */
  readonly endpoint: string;
  readonly bucket: string;
  /** Path inside the bucket, without slashes at its ends; "" for the bucket’s root. */
  readonly prefix: string;
  readonly send: (url: string, init: RequestInit) => Promise<Response>;
}

/** The five requests a store needs. Paths are relative to the location’s prefix. Every one throws StorageFailure. */
export interface Bucket {
  urlOf(path: string): string;
  /** Length in bytes, undefined when there is no such object. */
  size(path: string): Promise<number | undefined>;
  read(path: string): Promise<Uint8Array | undefined>;
  /** Puts an object in place as a whole; the service checks the content’s SHA-256 before it accepts it. */
  write(path: string, bytes: Uint8Array): Promise<void>;
  remove(path: string): Promise<void>;
  /** Paths of all objects that begin with the prefix. */
  list(prefix: string): Promise<string[]>;
}

/** Speaks S3’s REST interface with path-style addresses, as every compatible service understands. */
export function openBucket({ endpoint, bucket, prefix, send }: S3Location): Bucket {
  const root = `${endpoint.replace(/\/+$/, '')}/${bucket}`;
  const keyOf = (path: string) => (prefix === '' ? path : `${prefix}/${path}`);
  const urlOf = (path: string) => `${root}/${keyOf(path).split('/').map(encodeURIComponent).join('/')}`;
  const request = (url: string, init: RequestInit & { method: string }) => answer(send, url, init);
  return {
    urlOf,
    async size(path) {
      const response = await request(urlOf(path), { method: 'HEAD' });
      return response.status === 404 ? undefined : Number(response.headers.get('content-length'));
    },
    async read(path) {
      const response = await request(urlOf(path), { method: 'GET' });
      if (response.status === 404) return undefined;
      return new Uint8Array(await wholly('GET', urlOf(path), () => response.arrayBuffer()));
    },
    async write(path, bytes) {
      const checksum = createHash('sha256').update(bytes).digest('base64');
      const body = new Uint8Array(bytes);
      const response = await request(urlOf(path), {
        method: 'PUT',
        body,
        headers: { 'x-amz-checksum-sha256': checksum },
      });
      if (response.status === 404) throw await failure('PUT', urlOf(path), response);
    },
    async remove(path) {
      await request(urlOf(path), { method: 'DELETE' });
    },
    async list(below) {
      const keys: string[] = [];
      let token: string | undefined;
      do {
        const query = new URLSearchParams({ 'list-type': '2', prefix: keyOf(below) });
        if (token !== undefined) query.set('continuation-token', token);
        const response = await request(`${root}?${query}`, { method: 'GET' });
        if (response.status === 404) throw await failure('GET', root, response);
        const page = await wholly('GET', root, () => response.text());
        keys.push(...elementsOf(page, 'Key'));
        [token] = elementsOf(page, 'NextContinuationToken');
      } while (token !== undefined);
      return keys.map((key) => key.slice(keyOf('').length));
    },
  };
}

/** The response when it is a success or says that the object is not there. */
async function answer(
  send: S3Location['send'],
  url: string,
  init: RequestInit & { method: string },
): Promise<Response> {
  let response: Response;
  try {
    response = await send(url, init);
  } catch (cause) {
    throw new StorageFailure(
      'unreachable',
      `${init.method} ${url} had no answer; check the endpoint and the network`,
      { cause },
    );
  }
  if (response.ok || response.status === 404) return response;
  throw await failure(init.method, url, response);
}

/** The body of an answer, which may break off in the middle. */
async function wholly<T>(method: string, url: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new StorageFailure('broken-off', `${method} ${url}: its answer broke off; check the network`, {
      cause,
    });
  }
}

async function failure(method: string, url: string, response: Response): Promise<StorageFailure> {
  const text = await wholly(method, url, () => response.text());
  const [reason] = elementsOf(text, 'Message');
  const [code] = elementsOf(text, 'Code');
  const advice = advices[response.status] ?? 'nothing was published; try again or look at the service’s log';
  return new StorageFailure(
    code ?? `http-${response.status}`,
    `${method} ${url} failed (${response.status} ${reason ?? response.statusText}): ${advice}`,
    { cause: text, retryable: !REFUSALS.has(response.status) },
  );
}

/** Answers that would be the same again. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 404]);

const advices: Record<number, string> = {
  401: 'check the credentials',
  403: 'check the credentials and that they may read, write and list in this bucket',
  404: 'check that the bucket exists',
  507: 'the service is full; make room and start again, finished work is kept',
};

/** Text of the named elements of an XML answer; S3’s answers have no attributes on them. */
function elementsOf(xml: string, name: string): string[] {
  return Array.from(xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g')), ([, text = '']) =>
    unescaped(text),
  );
}

const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };

function unescaped(text: string): string {
  return text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? '');
}
