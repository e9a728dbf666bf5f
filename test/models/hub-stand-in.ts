import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface StandInModel {
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
  /** Changes what is sent for a file, but not what is stated about it. */
  sendInstead(path: string, bytes: Buffer): void;
}

/** A local server that speaks the part of the hub's protocol which the library's downloads use. */
export async function startHubStandIn(model: StandInModel): Promise<HubStandIn> {
  const served: string[] = [];
  const altered = new Map<string, Buffer>();
  const server = createServer((request, response) => answer(request, response, { model, served, altered }));
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    served,
    sendInstead: (path, bytes) => altered.set(path, bytes),
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
  const about = known.some((revision) => path === `/api/models/${model.repository}/revision/${revision}`);
  const prefix = `/${model.repository}/resolve/${model.commit}/`;
  if (about) sendJson(response, 200, { _id: '1', id: model.repository, sha: model.commit, private: false });
  else if (path === `/api/models/${model.repository}/tree/${model.commit}`) sendTree(response, url, model);
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

// Large files carry a SHA-256, the others only Git's object id.
function treeEntry(path: string, bytes: Buffer) {
  const oid = createHash('sha1').update(`blob ${bytes.length}\0`).update(bytes).digest('hex');
  const entry = { type: 'file', oid, size: bytes.length, path };
  if (!path.endsWith('.safetensors')) return entry;
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
  const bytes = asked.altered.get(asked.path) ?? stated;
  response.writeHead(200, { 'Content-Length': stated.length });
  if (bytes.length < stated.length) response.write(bytes, () => response.destroy());
  else response.end(bytes);
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(value));
}
