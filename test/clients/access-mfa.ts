// A user with virtual MFA devices, made and enabled by the aws CLI: who it is without a code, with one, and as a role.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Authenticator, authenticatorOf } from '../support/authenticator.ts';
import { both, document, environmentOf, fullAccess, noIdentity, ownOfTeam, userWithKey } from './access-callers.ts';
import type { Caller, Environment } from './access-questions.ts';
import { denied } from './access-questions.ts';
import type { ClientSite } from './client-site.ts';

const user = 'guarded';
const failure = [253, 254, 255] as const;

/** Changes need a code; deletions in red one that is not old, in blue one that is younger than any can be. */
const rules = document(
  deny(['ecr:InitiateLayerUpload', 'ecr:BatchDeleteImage'], '*', {
    BoolIfExists: { 'aws:MultiFactorAuthPresent': 'false' },
  }),
  deny(['ecr:BatchDeleteImage'], 'red', { NumericGreaterThan: { 'aws:MultiFactorAuthAge': '3600' } }),
  deny(['ecr:BatchDeleteImage'], 'blue', { NumericGreaterThanEquals: { 'aws:MultiFactorAuthAge': '0' } }),
);

function deny(Action: readonly string[], team: string, Condition: object) {
  const Resource = team === '*' ? '*' : `arn:aws:ecr:*:*:repository/${team}/*`;
  return { Effect: 'Deny', Action, Resource, Condition };
}

const withoutCode: Caller['expected'] = {
  ListImages: both(undefined),
  InitiateLayerUpload: both(denied),
  BatchDeleteImage: both(denied),
};
const withCode: Caller['expected'] = {
  ListImages: both(undefined),
  InitiateLayerUpload: both(undefined),
  BatchDeleteImage: [undefined, denied],
};

/** The user by its key, in a session without a code, in one with a code, and in a role that wants a code. */
export async function buildsMfaCallers(site: ClientSite): Promise<readonly Caller[]> {
  const { arn, env } = await userWithKey(site, user);
  await site.aws('iam', 'attach-user-policy', '--user-name', user, '--policy-arn', fullAccess);
  const rule = ['--policy-name', 'mfa', '--policy-document', rules];
  await site.aws('iam', 'put-user-policy', '--user-name', user, ...rule);
  await showsAQrCode(site);
  const phone = await enabledDevice(site, 'phone');
  const session = await askSts(site, env, 'get-session-token');
  const withMfa = await sessionWithCode(site, env, phone);
  return [
    { arn, env, expected: withoutCode },
    { arn, env: environmentOf(session['Credentials']), expected: withoutCode },
    { arn, env: environmentOf(withMfa['Credentials']), expected: withCode },
    await roleThatWantsACode(site, arn, env, rule),
  ];
}

async function newDevice(site: ClientSite, name: string, method: string): Promise<readonly [serial: string, Buffer]> {
  const file = join(await site.folder('mfa'), name);
  const named = ['--virtual-mfa-device-name', name, '--outfile', file, '--bootstrap-method', method];
  const { VirtualMFADevice } = await site.aws('iam', 'create-virtual-mfa-device', ...named);
  return [(VirtualMFADevice as { readonly SerialNumber: string }).SerialNumber, await readFile(file)];
}

async function showsAQrCode(site: ClientSite): Promise<void> {
  const [serial, picture] = await newDevice(site, 'pictured', 'QRCodePNG');
  assert.equal(picture.toString('latin1', 1, 4), 'PNG');
  await site.aws('iam', 'delete-virtual-mfa-device', '--serial-number', serial);
}

/** Enabled with the codes of the step before and of now: that of the next step is then still good, once. */
async function enabledDevice(site: ClientSite, name: string): Promise<Authenticator> {
  const [serial, seed] = await newDevice(site, name, 'Base32StringSeed');
  const device = authenticatorOf({ SerialNumber: serial, Base32StringSeed: seed });
  const enabling = (...[first, second]: readonly [string, string]) => {
    const codes = ['--authentication-code1', first, '--authentication-code2', second];
    return ['iam', 'enable-mfa-device', '--user-name', user, '--serial-number', serial, ...codes];
  };
  const backwards = await site.run('aws', enabling(device.code(0), device.code(-1)), { codes: failure });
  assert.match(backwards.stderr, /\(InvalidAuthenticationCode\).*Authentication code for device is not valid\./);
  await site.aws(...enabling(device.code(-1), device.code(0)));
  return device;
}

async function askSts(site: ClientSite, env: Environment, ...args: readonly string[]) {
  const { stdout } = await site.run('aws', ['sts', ...args, '--output', 'json'], { env });
  return JSON.parse(stdout) as Readonly<Record<string, unknown>>;
}

/** Wrong codes, a device that is not there and a code that was used are refused, in the words of STS. */
async function sessionWithCode(site: ClientSite, env: Environment, { serial, code }: Authenticator) {
  const asking = (token: string, device = serial) => {
    return ['get-session-token', '--serial-number', device, '--token-code', token];
  };
  const refused = async (text: string, ...args: readonly string[]) => {
    const { stderr } = await site.run('aws', ['sts', ...args], { env, codes: failure });
    const said = `(AccessDenied) when calling the GetSessionToken operation: MultiFactorAuthentication failed${text}`;
    assert.ok(stderr.includes(said), stderr);
  };
  const wrongCode = ' with invalid MFA one time pass code. ';
  const near = [-2, -1, 0, 1, 2, 3].map((step) => code(step));
  const wrong = ['000000', '000001', '000002', '000003', '000004', '000005', '000006'].find(
    (digits) => !near.includes(digits),
  );
  const next = code(1);
  await refused(wrongCode, ...asking(wrong ?? ''));
  const unknown = ', unable to validate MFA code.  Please verify your MFA serial number is valid and associated with';
  await refused(unknown, ...asking(next, `${serial}-not`));
  const session = await askSts(site, env, ...asking(next));
  await refused(wrongCode, ...asking(next));
  return session;
}

/** A code opens the role, with a tag that says whose repositories it may list; the session has no code of its own. */
async function roleThatWantsACode(
  site: ClientSite,
  AWS: string,
  env: Environment,
  rule: readonly string[],
): Promise<Caller> {
  const Condition = { Bool: { 'aws:MultiFactorAuthPresent': 'true' } };
  const Action = ['sts:AssumeRole', 'sts:TagSession'];
  const trust = document({ Effect: 'Allow', Principal: { AWS }, Action, Condition });
  const made = await site.aws('iam', 'create-role', '--role-name', 'coded', '--assume-role-policy-document', trust);
  await site.aws('iam', 'put-role-policy', '--role-name', 'coded', ...rule);
  const own = ['--policy-name', 'own', '--policy-document', ownOfTeam];
  await site.aws('iam', 'put-role-policy', '--role-name', 'coded', ...own);
  const { Arn } = made['Role'] as { readonly Arn: string };
  const assume = ['assume-role', '--role-arn', Arn, '--role-session-name', 'by-code', '--tags', 'Key=team,Value=blue'];
  const { stderr } = await site.run('aws', ['sts', ...assume], { env, codes: failure });
  assert.match(stderr, /\(AccessDenied\).*because no role trust policy allows the sts:AssumeRole action/);
  const { serial, code } = await enabledDevice(site, 'tablet');
  const session = await askSts(site, env, ...assume, '--serial-number', serial, '--token-code', code(1));
  const { Arn: arn } = session['AssumedRoleUser'] as { readonly Arn: string };
  const expected = { ...withoutCode, ListImages: [noIdentity, undefined] as const };
  return { arn, env: environmentOf(session['Credentials']), expected };
}
