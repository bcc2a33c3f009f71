// The floor of the platform: node:http that looks at nothing, answers with the same few hundred bytes and takes pushes
// into the folder that it is given.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { tuneMemory } from '../../src/site/garbage-collection.ts';
import { storeBody } from './bare-upload.ts';

const body = 'x'.repeat(600);
const headers = {
  'content-type': 'application/vnd.oci.image.manifest.v1+json',
  'docker-content-digest': `sha256:${'a'.repeat(64)}`,
  etag: `"sha256:${'a'.repeat(64)}"`,
  'content-length': body.length,
};

tuneMemory();
const [folder = '.'] = process.argv.slice(2);
let stored = 0;

const server = createServer((message, response) => {
  if (message.method === 'GET' || message.method === 'HEAD') response.writeHead(200, headers).end(body, 'latin1');
  else take(message, response).catch(() => response.destroy());
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});

/** An upload of no name: whatever is sent is stored, and there is always more to send. */
async function take(message: IncomingMessage, response: ServerResponse): Promise<void> {
  const { 'content-length': length, 'transfer-encoding': encoding } = message.headers;
  stored += 1;
  if (encoding !== undefined || Number(length ?? 0) > 0) await storeBody(message, join(folder, String(stored)));
  const status = message.method === 'PUT' ? 201 : 202;
  response.writeHead(status, { location: '/v2/any/blobs/uploads/any', 'content-length': 0 }).end();
}
