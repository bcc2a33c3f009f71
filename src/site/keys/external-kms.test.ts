// What another KMS may answer, and how it is asked: over real sockets, with peers that are hostile, slow or strangers.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import fc from 'fast-check';
import type { AwsKmsSetting } from '#config/aws-kms-parser.ts';
import { systemRandom } from '#core/random.ts';
import { RootSealedError } from '#services/kms/root/provider.ts';
import { awsKmsProvider } from '#services/kms/root/providers/aws-kms.ts';
import { newRootKey, type RootKey } from '#services/kms/root/root-key.ts';
import { parseRecord, type RootRecord, writeRecord } from '#services/kms/root/root-record.ts';
import { type House, openHouse } from '../../../test/support/house.ts';
import { externalKms } from './external-kms.ts';

const arn = 'arn:aws:kms:eu-west-1:111122223333:key/0b4c0f0e-7b0a-4f7f-9f57-3b7e3c1f7a10';
const credentials = { AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE', AWS_SECRET_ACCESS_KEY: 'example', HOME: '/nowhere' };

function setting(endpoint: string, more: Partial<AwsKmsSetting> = {}): AwsKmsSetting {
  const files = { profile: undefined, credentialsFile: undefined, caBundle: undefined };
  return { key: arn, region: 'eu-west-1', endpoint, encryptionContext: { site: 'a.example' }, ...files, ...more };
}

const providerOf = (one: AwsKmsSetting, environment: Record<string, string> = credentials) =>
  awsKmsProvider({ ...one, call: externalKms(one, environment) });

/** A sentence for callers, and one more for who runs the site. */
async function sealed(work: Promise<unknown>) {
  const error = await work.then(
    () => assert.fail('it opened'),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof RootSealedError, String(error));
  return { message: error.message, detail: error.detail ?? '' };
}

describe('a peer in the place of the KMS', () => {
  let answer: (request: IncomingMessage, response: ServerResponse) => void;
  const server = createServer((request, response) => answer(request, response));
  let endpoint: string;
  let key: RootKey;
  let record: RootRecord;
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(async () => {
    key = newRootKey(systemRandom);
    const texts: Record<string, object> = {
      'TrentService.Encrypt': { KeyId: arn, CiphertextBlob: Buffer.from('a ciphertext').toString('base64') },
      'TrentService.Decrypt': { KeyId: arn, Plaintext: key.bytes.toString('base64') },
    };
    answer = (request, response) => response.end(JSON.stringify(texts[String(request.headers['x-amz-target'])]));
    record = await providerOf(setting(endpoint)).keep(key);
  });
  afterEach(() => server.closeAllConnections());

  const open = (signal?: AbortSignal) => providerOf(setting(endpoint)).open(record, signal);
  const says = (status: number, body: string, headers: Record<string, string> = {}) => {
    answer = (_request, response) => response.writeHead(status, headers).end(body);
  };

  test('a good one opens what it keeps, and the record survives its file', async () => {
    const read = parseRecord(writeRecord(record));
    assert.deepEqual(read, record);
    assert.deepEqual(await open(), key);
    assert.equal(writeRecord(record).includes(key.bytes.toString('hex')), false);
    const context = JSON.parse(record.fields.get('context') ?? '');
    assert.deepEqual(context, { site: 'a.example', 'sallyport:root-key': key.id });
  });

  const other = Buffer.alloc(32, 7).toString('base64');
  const hostile: ReadonlyArray<readonly [what: string, status: number, body: string, expected: RegExp]> = [
    ['no JSON', 200, '<html>', /answers as no KMS does/],
    ['nothing', 200, '', /answers as no KMS does/],
    ['a list', 200, '[]', /answers as no KMS does/],
    ['no members', 200, '{}', /something else/],
    ['a plaintext that is no text', 200, JSON.stringify({ KeyId: arn, Plaintext: [1] }), /something else/],
    ['no base64', 200, JSON.stringify({ KeyId: arn, Plaintext: '-'.repeat(44) }), /something else/],
    ['31 bytes', 200, JSON.stringify({ KeyId: arn, Plaintext: other.slice(4) }), /something else/],
    ['64 bytes', 200, JSON.stringify({ KeyId: arn, Plaintext: 'A'.repeat(88) }), /something else/],
    ['what another key opened', 200, JSON.stringify({ KeyId: `${arn}1`, Plaintext: other }), /something else/],
    ['another root key', 200, JSON.stringify({ KeyId: arn, Plaintext: other }), /another key than that/],
    ['an error that is called success', 200, '{"__type":"DisabledException"}', /answers as no KMS does/],
    ['an error page', 502, '<html>bad gateway</html>', /answers as no KMS does/],
    ['an error without a name', 400, '{"message":"no"}', /answers as no KMS does/],
    ['a name that is none', 400, '{"__type":"a b\\u001b[31m"}', /answers as no KMS does/],
    ['an unknown error', 400, '{"__type":"SomethingException"}', /refuses what it is asked/],
    ['a disabled key', 400, '{"__type":"com.amazonaws.kms#DisabledException"}', /is disabled, or is to be/],
    ['a key to be deleted', 400, '{"__type":"KMSInvalidStateException"}', /cannot be used in its state/],
    ['no such key', 400, '{"__type":"NotFoundException"}', /has no such key/],
    ['another key', 400, '{"__type":"IncorrectKeyException"}', /does not open it: it is another key/],
    ['another context', 400, '{"__type":"InvalidCiphertextException"}', /does not open it/],
    ['a denial', 400, '{"__type":"AccessDeniedException","Message":"not you"}', /refuses this site/],
    ['strangers', 403, '{"__type":"InvalidSignatureException"}', /does not accept the credentials/],
    ['a sealed Sallyport', 503, '{"__type":"ServiceUnavailableException","message":"sealed"}', /cannot answer now/],
  ];
  for (const [what, status, body, expected] of hostile) {
    test(`it answers with ${what}: one sentence, nothing opened, and callers learn no address`, async () => {
      says(status, body);
      const { message, detail } = await sealed(open());
      assert.match(message, expected);
      assert.equal(/127\.0\.0\.1|arn:/.test(message), false, message);
      assert.match(detail, /^[ -~]*$/);
    });
  }

  test('what it says of a refusal is told on one line, and not for ever', async () => {
    says(400, JSON.stringify({ __type: 'AccessDeniedException', message: `User: x\n\u001b[2J${'y'.repeat(5000)}` }));
    const { detail } = await sealed(open());
    assert.match(detail, /^http:\/\/127\.0\.0\.1:\d+ answered AccessDeniedException: User: x \[2Jy+\.$/);
    assert.ok(detail.length < 400);
  });

  test('it leads elsewhere: nobody goes there', async () => {
    let asked = 0;
    answer = (_request, response) => {
      asked += 1;
      response.writeHead(307, { location: `${endpoint}/elsewhere` }).end();
    };
    assert.match((await sealed(open())).message, /answers as no KMS does/);
    assert.equal(asked, 1);
  });

  test('it never stops talking: the answer is cut off', async () => {
    let written = 0;
    const closed = Promise.withResolvers<void>();
    answer = (_request, response) => {
      response.once('close', closed.resolve);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(16 * 1024, 32))) written += 1;
        response.once('drain', more);
      };
      more();
    };
    assert.match((await sealed(open())).message, /answers more than a KMS says/);
    await closed.promise;
    assert.ok(written < 1024, `${written} pieces of 16 KiB went out`);
  });

  test('it hangs, before or within its answer: the wait ends when the site does', async () => {
    for (const begins of [false, true]) {
      const asked = Promise.withResolvers<void>();
      answer = (_request, response) => {
        if (begins) response.write('{');
        asked.resolve();
      };
      const ending = new AbortController();
      const opening = sealed(open(ending.signal));
      await asked.promise;
      ending.abort();
      assert.match((await opening).message, /does not answer/);
    }
  });

  test('it drips, never silent and never done: after ten seconds it is cut off', async () => {
    const closed = Promise.withResolvers<void>();
    answer = (_request, response) => {
      // By the clock, as what is bounded is time.
      const drip = setInterval(() => response.write(' '), 200);
      response.once('close', () => {
        clearInterval(drip);
        closed.resolve();
      });
    };
    assert.match((await sealed(open())).message, /does not answer/);
    await closed.promise;
  });

  test('it hangs up, or is not there', async () => {
    answer = (request) => request.socket.destroy();
    assert.match((await sealed(open())).message, /cannot be reached/);
    const nobody = createServer();
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    const { port } = nobody.address() as AddressInfo;
    await new Promise((resolve) => nobody.close(resolve));
    const { message, detail } = await sealed(providerOf(setting(`http://127.0.0.1:${port}`)).open(record));
    assert.match(message, /cannot be reached/);
    assert.match(detail, /ECONNREFUSED/);
  });

  test('a new root key is kept only when it was decrypted again, and only what fits into the file', async () => {
    const keeps = () => sealed(providerOf(setting(endpoint)).keep(newRootKey(systemRandom)));
    const encrypts = (CiphertextBlob: string, KeyId = arn) => says(200, JSON.stringify({ KeyId, CiphertextBlob }));
    encrypts('QUJD');
    assert.match((await keeps()).detail, /answer to Decrypt is not/);
    encrypts('A'.repeat(800));
    assert.match((await keeps()).detail, /answer to Encrypt is not/);
    encrypts('QUJD', `${arn}\nprovider file`);
    assert.match((await keeps()).detail, /answer to Encrypt is not/);
  });

  test('credentials: none is said, a file goes before variables, and is read anew', async () => {
    const none = await sealed(providerOf(setting(endpoint), { HOME: '/nowhere' }).open(record));
    assert.match(none.message, /There are no credentials for the external KMS/);
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-kms-'));
    const used: string[] = [];
    const inner = answer;
    answer = (request, response) => {
      used.push(/Credential=(\w+)\//.exec(String(request.headers.authorization))?.[1] ?? '');
      inner(request, response);
    };
    const credentialsFile = join(folder, 'credentials');
    const provider = providerOf(setting(endpoint, { credentialsFile }));
    for (const id of ['FIRST', 'SECOND']) {
      await writeFile(credentialsFile, `[default]\naws_access_key_id = ${id}\naws_secret_access_key = x\n`);
      await provider.open(record);
    }
    await rm(folder, { recursive: true });
    await open();
    assert.deepEqual(used, ['FIRST', 'SECOND', 'AKIAEXAMPLE']);
  });

  test('a multi-Region key is asked for where the setting says', async () => {
    const primary = 'arn:aws:kms:us-east-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef';
    const moved = { ...record, fields: new Map([...record.fields, ['key', primary]]) };
    let asked = '';
    answer = (request, response) => {
      request.on('data', (piece: Buffer) => {
        asked += piece.toString();
      });
      request.on('end', () => response.writeHead(400).end('{"__type":"NotFoundException"}'));
    };
    await sealed(providerOf(setting(endpoint)).open(moved));
    assert.equal(JSON.parse(asked).KeyId, primary.replace('us-east-1', 'eu-west-1'));
  });

  test('a record with any field changed asks for nothing that is not its own', async () => {
    let asked = 0;
    const provider = awsKmsProvider({
      ...setting(endpoint),
      call: async () => {
        asked += 1;
        throw new RootSealedError('not now');
      },
    });
    const name = fc.constantFrom('key', 'context', 'check', 'wrapped');
    await fc.assert(
      fc.asyncProperty(name, fc.oneof(fc.string(), fc.json()), async (field, value) => {
        asked = 0;
        const changed = { ...record, fields: new Map([...record.fields, [field, value]]) };
        const error = await provider.open(changed).catch((thrown: unknown) => thrown);
        assert.ok(error instanceof Error);
        if (asked === 0) assert.match(error.message, /is not one of ours/);
        else assert.equal(error.message, 'not now');
      }),
    );
    const stranger = { ...record, id: '0123456789abcdef' };
    await assert.rejects(provider.open(stranger), /is not one of ours/);
  });
});

test('TLS of a private authority: trusted when it is named, said when it is not', async () => {
  const house: House = await openHouse('tls: self-signed');
  try {
    const files = { credentialsFile: join(house.dataFolder, 'aws/credentials') };
    const one = setting(house.url, { ...files, key: 'alias/not-there', region: 'us-east-1' });
    const keep = (more: Partial<AwsKmsSetting>) =>
      sealed(providerOf({ ...one, ...more }, { HOME: '/nowhere' }).keep(newRootKey(systemRandom)));
    const stranger = await keep({});
    assert.match(stranger.message, /shows a certificate that is not trusted here/);
    // Set for something else that this process does, or is started beside.
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    assert.match((await keep({})).message, /shows a certificate that is not trusted here/);
    assert.match((await keep({ caBundle: house.site.authority })).message, /has no such key/);
    assert.match((await keep({ caBundle: '/nowhere/ca.crt' })).detail, /ENOENT/);
  } finally {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    await house.dispose();
  }
});
