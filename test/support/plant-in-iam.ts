// Plants markers in an account: in policies of every kind; and looks after each secret that IAM and STS give or get.

import * as Iam from '@aws-sdk/client-iam';
import * as Sts from '@aws-sdk/client-sts';
import { authenticatorOf } from './authenticator.ts';
import { ociClient } from './oci-client.ts';
import { malformedWith, type Planting, policyWith, refused } from './planting.ts';
import { callAs } from './sallyport-client.ts';

const allow = { Action: 'ecr:*', Resource: '*' };

export async function plantInIam(planting: Planting): Promise<void> {
  await plantPolicies(planting);
  await plantRoles(planting);
  await plantCredentials(planting);
  await plantSessions(planting);
}

async function plantPolicies({ markers, iam }: Planting): Promise<void> {
  const policy = (what: string) => policyWith(markers, what, allow);
  const malformed = (what: string) => malformedWith(markers, `malformed ${what}`);
  const [UserName, GroupName, PolicyName] = ['ana', 'team', 'own'];
  await iam.send(new Iam.CreateUserCommand({ UserName }));
  await iam.send(new Iam.CreateGroupCommand({ GroupName }));
  const ofUser = { UserName, PolicyName };
  await iam.send(new Iam.PutUserPolicyCommand({ ...ofUser, PolicyDocument: policy('policy of a user') }));
  await refused(iam.send(new Iam.PutUserPolicyCommand({ ...ofUser, PolicyDocument: malformed('user policy') })));
  const ofGroup = { GroupName, PolicyName };
  await iam.send(new Iam.PutGroupPolicyCommand({ ...ofGroup, PolicyDocument: policy('policy of a group') }));
  const managed = { PolicyName: 'managed', PolicyDocument: policy('managed policy'), Description: 'reads' };
  const { Policy } = await iam.send(new Iam.CreatePolicyCommand(managed));
  await refused(iam.send(new Iam.CreatePolicyCommand({ PolicyName, PolicyDocument: malformed('managed policy') })));
  const version = { PolicyArn: Policy?.Arn, PolicyDocument: policy('version of a policy') };
  await iam.send(new Iam.CreatePolicyVersionCommand(version));
  const scenario = { ActionNames: ['ecr:ListImages'], PolicyInputList: [policy('simulated policy')] };
  await iam.send(new Iam.SimulateCustomPolicyCommand(scenario));
  const PolicyInputList = [malformed('simulated policy')];
  await refused(iam.send(new Iam.SimulateCustomPolicyCommand({ ...scenario, PolicyInputList })));
}

async function plantRoles({ markers, iam, sts, account }: Planting): Promise<void> {
  const trust = (what: string) =>
    policyWith(markers, what, { Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' });
  const RoleName = 'worker';
  await iam.send(new Iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: trust('trust policy') }));
  const broken = malformedWith(markers, 'malformed trust policy');
  await refused(iam.send(new Iam.CreateRoleCommand({ RoleName: 'none', AssumeRolePolicyDocument: broken })));
  const changed = trust('changed trust policy');
  await iam.send(new Iam.UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: changed }));
  const PolicyDocument = policyWith(markers, 'policy of a role', allow);
  await iam.send(new Iam.PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument }));
  const role = { RoleArn: `arn:aws:iam::${account}:role/${RoleName}`, RoleSessionName: 'one' };
  const Policy = policyWith(markers, 'session policy of a role', allow);
  const { Credentials } = await sts.send(new Sts.AssumeRoleCommand({ ...role, Policy }));
  markers.secret('session token of a role', Credentials?.SessionToken);
  markers.secret('secret key of a role', Credentials?.SecretAccessKey);
  const malformed = malformedWith(markers, 'malformed session policy');
  await refused(sts.send(new Sts.AssumeRoleCommand({ ...role, Policy: malformed })));
  const WebIdentityToken = markers.text('web identity token');
  await refused(sts.send(new Sts.AssumeRoleWithWebIdentityCommand({ ...role, WebIdentityToken })));
}

async function plantCredentials({ markers, iam, options }: Planting): Promise<void> {
  const UserName = 'ana';
  const { AccessKey } = await iam.send(new Iam.CreateAccessKeyCommand({ UserName }));
  markers.secret('secret of an access key', AccessKey?.SecretAccessKey);
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  const own = new Iam.IAMClient({ ...options, credentials: { accessKeyId, secretAccessKey } });
  const Password = markers.text('login password');
  await iam.send(new Iam.CreateLoginProfileCommand({ UserName, Password }));
  await refused(iam.send(new Iam.CreateLoginProfileCommand({ UserName, Password: markers.text('second password') })));
  await iam.send(new Iam.UpdateAccountPasswordPolicyCommand({ AllowUsersToChangePassword: true }));
  const OldPassword = markers.text('wrong password');
  const NewPassword = markers.text('refused password');
  await refused(own.send(new Iam.ChangePasswordCommand({ OldPassword, NewPassword })));
  await iam.send(new Iam.UpdateLoginProfileCommand({ UserName, Password: markers.text('next password') }));
  own.destroy();
  const made = await iam.send(new Iam.CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: 'phone' }));
  const device = authenticatorOf(made.VirtualMFADevice);
  markers.secret('MFA seed', device.secret);
  markers.secret('MFA seed, opened', device.seed);
  const codes = { AuthenticationCode1: device.code(-1), AuthenticationCode2: device.code(0) };
  await iam.send(new Iam.EnableMFADeviceCommand({ UserName, SerialNumber: device.serial, ...codes }));
}

async function plantSessions(planting: Planting): Promise<void> {
  const { markers, sts, options } = planting;
  const session = await sts.send(new Sts.GetSessionTokenCommand({}));
  markers.secret('session token', session.Credentials?.SessionToken);
  markers.secret('secret key of a session', session.Credentials?.SecretAccessKey);
  const Policy = policyWith(markers, 'policy of a federated user', allow);
  const federated = await sts.send(new Sts.GetFederationTokenCommand({ Name: 'bob', Policy }));
  markers.secret('session token of a federated user', federated.Credentials?.SessionToken);
  const scoped = await callAs({ options }, 'CreateRegistryToken', { repositories: ['*'], actions: ['pull'] });
  markers.secret('scoped registry token', scoped.token);
  for (const token of [scoped.token, markers.text('wrong registry password')]) {
    const authorization = `Basic ${Buffer.from(`AWS:${token}`).toString('base64')}`;
    const client = ociClient(new URL(options.endpoint).host, authorization);
    await client.send('GET', '/v2/');
    client.close();
  }
}
