// The load generator: a process that sends one request again and again over keep-alive connections and counts answers.

import { Agent, request } from 'node:http';

interface LoadOptions {
  readonly host: string;
  readonly authorization?: string;
  readonly method: string;
  readonly path: string;
  readonly requests: number;
  readonly connections: number;
}

const options = JSON.parse(process.argv[2] ?? '{}') as LoadOptions;
const agent = new Agent({ keepAlive: true, maxSockets: options.connections });
const [hostname, port] = options.host.split(':');
const { method, path, authorization } = options;
// As clients do: the peer does not serve OCI manifests to who does not ask for them.
const accept = 'application/vnd.oci.image.manifest.v1+json';
const headers = authorization === undefined ? { accept } : { accept, authorization };

function once(): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = request({ agent, hostname, port, method, path, headers }, (answer) => {
      if (answer.statusCode !== 200) reject(new Error(`${method} ${path} answered ${answer.statusCode}`));
      answer.on('error', reject);
      answer.on('end', resolve);
      answer.resume();
    });
    sent.on('error', reject);
    sent.end();
  });
}

let left = options.requests;
async function connection(): Promise<void> {
  while (left > 0) {
    left -= 1;
    await once();
  }
}

await Promise.all(Array.from({ length: Math.min(options.connections, options.requests) }, connection));
agent.destroy();
