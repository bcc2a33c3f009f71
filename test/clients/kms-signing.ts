// Signing with KMS: the aws CLI and boto3 sign what openssl verifies, and cosign signs images with a key of the site.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runCommand } from '../support/run-command.ts';
import type { ClientSite } from './client-site.ts';
import { type ClientTest, digestInRegistry } from './client-test.ts';

const alias = 'alias/clients/signing';
const reference = `awskms:///${alias}`;
const layerBytes = 100_000;

export const kmsSigning: ClientTest = {
  name: 'KMS: signing',
  programs: ['aws', 'cosign', 'crane'],
  async run(site) {
    await makesAKey(site);
    const folder = await site.folder('signing');
    await writeFile(join(folder, 'message'), 'what was signed');
    await opensslVerifies(site, folder);
    await boto3Signs(site, folder);
    await opensslWrapsMaterial(site, folder);
    await cosignSignsAnImage(site, folder);
  },
};

async function makesAKey(site: ClientSite): Promise<void> {
  const create = ['kms', 'create-key', '--key-spec', 'ECC_NIST_P256', '--key-usage', 'SIGN_VERIFY'];
  const { KeyMetadata } = await site.aws(...create);
  const { KeyId } = KeyMetadata as { readonly KeyId: string };
  await site.run('aws', ['kms', 'create-alias', '--alias-name', alias, '--target-key-id', KeyId]);
}

const algorithm = ['--key-id', alias, '--signing-algorithm', 'ECDSA_SHA_256'];

async function opensslVerifies(site: ClientSite, cwd: string): Promise<void> {
  const { PublicKey } = await site.aws('kms', 'get-public-key', '--key-id', alias);
  await writeFile(join(cwd, 'public.der'), Buffer.from(String(PublicKey), 'base64'));
  const message = join(cwd, 'message');
  const digest = join(cwd, 'digest');
  await writeFile(
    digest,
    createHash('sha256')
      .update(await readFile(message))
      .digest(),
  );
  for (const [file, type] of [
    [message, 'RAW'],
    [digest, 'DIGEST'],
  ] as const) {
    const signed = ['--message', `fileb://${file}`, '--message-type', type];
    const { Signature } = await site.aws('kms', 'sign', ...algorithm, ...signed);
    const signature = join(cwd, `signature-${type}`);
    await writeFile(signature, Buffer.from(String(Signature), 'base64'));
    await opensslSays(cwd, signature, message);
    const verify = ['kms', 'verify', ...algorithm, ...signed, '--signature', `fileb://${signature}`];
    assert.equal((await site.aws(...verify))['SignatureValid'], true);
    const refused = await site.run('aws', [...verify.slice(0, -1), `fileb://${digest}`], { codes: [254, 255] });
    assert.match(refused.stderr, /KMSInvalidSignatureException/);
  }
}

async function opensslSays(cwd: string, signature: string, message: string): Promise<void> {
  const args = ['dgst', '-sha256', '-verify', 'public.der', '-keyform', 'DER', '-signature', signature, message];
  const { stdout } = await runCommand('openssl', args, { cwd });
  assert.match(stdout, /Verified OK/);
}

async function boto3Signs(site: ClientSite, cwd: string): Promise<void> {
  const python = site.tools.find('python3') ?? 'python3';
  const lines = [
    'import boto3, sys',
    "kms = boto3.client('kms')",
    "message = open(sys.argv[2], 'rb').read()",
    "given = {'KeyId': sys.argv[1], 'Message': message, 'SigningAlgorithm': 'ECDSA_SHA_256'}",
    "signature = kms.sign(**given)['Signature']",
    "assert kms.verify(Signature=signature, **given)['SignatureValid']",
    "open(sys.argv[3], 'wb').write(signature)",
    "spec = {'KeySpec': 'HMAC_256', 'KeyUsage': 'GENERATE_VERIFY_MAC'}",
    "key = kms.create_key(**spec)['KeyMetadata']['Arn']",
    "hmac = {'KeyId': key, 'Message': message, 'MacAlgorithm': 'HMAC_SHA_256'}",
    "assert kms.verify_mac(Mac=kms.generate_mac(**hmac)['Mac'], **hmac)['MacValid']",
  ];
  const signature = join(cwd, 'signature-boto3');
  const args = ['-c', lines.join('\n'), alias, join(cwd, 'message'), signature];
  await runCommand(python, args, { cwd, env: site.server.awsEnvironment });
  await opensslSays(cwd, signature, join(cwd, 'message'));
}

/** The way that AWS's guide shows: openssl makes the material and wraps it. */
async function opensslWrapsMaterial(site: ClientSite, cwd: string): Promise<void> {
  const { KeyMetadata } = await site.aws('kms', 'create-key', '--origin', 'EXTERNAL');
  const { KeyId } = KeyMetadata as { readonly KeyId: string };
  const wanted = ['--wrapping-algorithm', 'RSAES_OAEP_SHA_256', '--wrapping-key-spec', 'RSA_3072'];
  const { PublicKey, ImportToken } = await site.aws('kms', 'get-parameters-for-import', '--key-id', KeyId, ...wanted);
  await writeFile(join(cwd, 'wrapping.der'), Buffer.from(String(PublicKey), 'base64'));
  await writeFile(join(cwd, 'token'), Buffer.from(String(ImportToken), 'base64'));
  await runCommand('openssl', ['rand', '-out', 'material', '32'], { cwd });
  const oaep = ['rsa_padding_mode:oaep', 'rsa_oaep_md:sha256', 'rsa_mgf1_md:sha256'];
  const wrap = ['pkeyutl', '-encrypt', '-in', 'material', '-out', 'wrapped', '-inkey', 'wrapping.der'];
  const how = ['-keyform', 'DER', '-pubin', ...oaep.flatMap((option) => ['-pkeyopt', option])];
  await runCommand('openssl', [...wrap, ...how], { cwd });
  const files = [`fileb://${join(cwd, 'wrapped')}`, '--import-token', `fileb://${join(cwd, 'token')}`];
  const bringIn = ['kms', 'import-key-material', '--key-id', KeyId, '--encrypted-key-material', ...files];
  await site.run('aws', [...bringIn, '--expiration-model', 'KEY_MATERIAL_DOES_NOT_EXPIRE']);
  const described = await site.aws('kms', 'describe-key', '--key-id', KeyId);
  assert.equal((described['KeyMetadata'] as { readonly KeyState: string }).KeyState, 'Enabled');
}

async function cosignSignsAnImage(site: ClientSite, cwd: string): Promise<void> {
  const env = { AWS_ENDPOINT_URL: site.server.url };
  const cosign = (args: readonly string[]) => site.run('cosign', args, { cwd, env });
  await site.createRepository('signing/app');
  const password = await site.password();
  await site.run('cosign', ['login', '--username', 'AWS', '--password', password, site.host]);
  await site.run('crane', ['auth', 'login', '--username', 'AWS', '--password', password, site.host]);
  const { folder } = await site.layout({ tag: 'one', layerBytes });
  await site.run('crane', ['push', folder, `${site.host}/signing/app:one`]);
  const image = `${site.host}/signing/app@${await digestInRegistry(site, 'signing/app', 'one')}`;
  const { stdout: help } = await cosign(['sign', '--help']);
  const offline = [
    '--tlog-upload=false',
    ...(help.includes('--use-signing-config') ? ['--use-signing-config=false'] : []),
  ];
  const insecure = ['--allow-http-registry', '--allow-insecure-registry'];
  await cosign(['sign', '--yes', '--key', reference, ...offline, ...insecure, image]);
  const verify = ['verify', '--insecure-ignore-tlog=true', ...insecure, image, '--key'];
  await cosign([...verify, reference]);
  const { stdout: pem } = await cosign(['public-key', '--key', reference]);
  await writeFile(join(cwd, 'cosign.pub'), pem);
  await cosign([...verify, 'cosign.pub']);
}
