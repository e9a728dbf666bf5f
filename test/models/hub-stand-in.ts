import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface StandInModel {
  /** What the hub has under that name; a model by default. */
  kind?: 'models' | 'datasets';
  /** owner/name */
  repository: string;
  commit: string;
  branch: string;
  files: Map<string, Buffer>;
  /** Requests without this token are refused. */
  token?: string;
}

export interface HubStandIn extends AsyncDisposable {
  endpoint: string;
  /** Path of every file whose contents were asked for. */
  served: string[];
  /** Bytes that were sent of all files together. */
  bytesSent(): number;
  /** Changes what is sent for a file, but not what is stated about it. */
  sendInstead(path: string, bytes: Buffer): void;
  /** The next answer for a file breaks off after so many bytes. */
  breakOff(path: string, after: number): void;
}

/** A local server that speaks the part of the hub's protocol which the library's downloads use. */
export async function startHubStandIn(model: StandInModel): Promise<HubStandIn> {
  const served: string[] = [];
  const altered = new Map<string, Buffer>();
  const broken = new Map<string, number>();
  const sent = { bytes: 0 };
  const state = { model, served, altered, broken, sent };
  const server = createServer((request, response) => answer(request, response, state));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    served,
    bytesSent: () => sent.bytes,
    sendInstead: (path, bytes) => altered.set(path, bytes),
    breakOff: (path, after) => broken.set(path, after),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

interface State {
  model: StandInModel;
  served: string[];
  altered: Map<string, Buffer>;
  broken: Map<string, number>;
  sent: { bytes: number };
}

function answer(request: IncomingMessage, response: ServerResponse, state: State): void {
  const { model } = state;
  const url = new URL(request.url ?? '/', 'http://stand-in');
  if (model.token !== undefined && request.headers.authorization !== `Bearer ${model.token}`) {
    sendJson(response, 401, { error: 'Invalid username or password.' });
    return;
  }
  const path = decodeURIComponent(url.pathname);
  const known = [model.commit, model.branch];
  const kind = model.kind ?? 'models';
  const api = `/api/${kind}/${model.repository}`;
  const about = known.some((revision) => path === `${api}/revision/${revision}`);
  const prefix = `${kind === 'datasets' ? '/datasets' : ''}/${model.repository}/resolve/${model.commit}/`;
  if (about) sendJson(response, 200, { _id: '1', id: model.repository, sha: model.commit, private: false });
  else if (path === `${api}/tree/${model.commit}`) sendTree(response, url, model);
  else if (path === `${api}/paths-info/${model.commit}`) sendPaths(request, response, model);
  else if (path.startsWith(prefix))
    sendFile(request, response, { ...state, path: path.slice(prefix.length) });
  else sendJson(response, 404, { error: 'Repository not found' });
}

// Two entries a page, as the hub does with a thousand.
function sendTree(response: ServerResponse, url: URL, model: StandInModel): void {
  const start = Number(url.searchParams.get('cursor') ?? '0');
  const entries = [...model.files].map(([path, bytes]) => treeEntry(path, bytes));
  const all = [{ type: 'directory', oid: '0', size: 0, path: 'onnx' }, ...entries];
  if (start + 2 < all.length) {
    const next = `http://${response.req.headers.host}${url.pathname}?cursor=${start + 2}`;
    response.setHeader('Link', `<${next}>; rel="next"`);
  }
  sendJson(response, 200, all.slice(start, start + 2));
}

function sendPaths(request: IncomingMessage, response: ServerResponse, { files }: StandInModel): void {
  let body = '';
  request.on('data', (chunk) => (body += chunk));
  request.on('end', () => {
    const { paths }: { paths: string[] } = JSON.parse(body);
    const found = paths.flatMap((path) => {
      const bytes = files.get(path);
      return bytes === undefined ? [] : [treeEntry(path, bytes)];
    });
    sendJson(response, 200, found);
  });
}

// Large files carry a SHA-256, the others only Git's object id.
function treeEntry(path: string, bytes: Buffer) {
  const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  const entry = { type: 'file', oid, size: bytes.length, path };
  if (!/\.(safetensors|parquet)$/.test(path)) return entry;
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { ...entry, oid: '0'.repeat(40), lfs: { oid: sha256, size: bytes.length, pointerSize: 130 } };
}

function sendFile(request: IncomingMessage, response: ServerResponse, asked: State & { path: string }): void {
  const stated = asked.model.files.get(asked.path);
  if (stated === undefined) {
    response.setHeader('X-Error-Code', 'EntryNotFound');
    sendJson(response, 404, { error: 'Entry not found' });
    return;
  }
  response.setHeader('ETag', `"${asked.path}"`);
  if (request.headers.range === 'bytes=0-0') {
    response.writeHead(206, { 'Content-Range': `bytes 0-0/${stated.length}`, 'Content-Length': 1 });
    response.end(stated.subarray(0, 1));
    return;
  }
  asked.served.push(asked.path);
  const [, from = '0'] = /^bytes=(\d+)-/.exec(request.headers.range ?? '') ?? [];
  const rest = stated.length - Number(from);
  const bytes = (asked.altered.get(asked.path) ?? stated).subarray(Number(from));
  const until = asked.broken.get(asked.path) ?? bytes.length;
  asked.broken.delete(asked.path);
  const range = `bytes ${from}-${stated.length - 1}/${stated.length}`;
  response.writeHead(Number(from) > 0 ? 206 : 200, {
    'Content-Length': rest,
    ...(Number(from) > 0 && { 'Content-Range': range }),
  });
  const sending = bytes.subarray(0, until);
  asked.sent.bytes += sending.length;
  // What was written is on its way before the connection goes.
  if (sending.length < rest) response.write(sending, () => setTimeout(() => response.destroy(), 100));
  else response.end(sending);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}
