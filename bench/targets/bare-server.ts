// The floor of the platform: node:http that looks at nothing and answers everything with the same few hundred bytes.

import { createServer } from 'node:http';

const body = 'x'.repeat(600);
const headers = {
  'content-type': 'application/vnd.oci.image.manifest.v1+json',
  'docker-content-digest': `sha256:${'a'.repeat(64)}`,
  etag: `"sha256:${'a'.repeat(64)}"`,
  'content-length': body.length,
};

const server = createServer((_message, response) => {
  response.writeHead(200, headers);
  response.end(body, 'latin1');
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
