// Who may retire a grant: whom it names, and the account of its key; by token or by id.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { CreateUserCommand, DeleteUserCommand } from '@aws-sdk/client-iam';
import * as Kms from '@aws-sdk/client-kms';
import { administratorOf } from './support/administrator.ts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';
import { runCommand } from './support/run-command.ts';

const denied = 'AccessDeniedException';

describe('retiring grants', () => {
  let house: House;
  let kms: Kms.KMSClient;
  let account: string;
  let ann: HouseUser;
  let bob: HouseUser;
  let KeyId: string;
  before(async () => {
    house = await openHouse();
    ({ kms } = house.administrator);
    account = house.site.home.accountId;
    ann = await house.user('ann', []);
    bob = await house.user('bob', []);
    KeyId = (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
  });
  after(() => house.dispose());

  const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`;
  const grant = async (input: Partial<Kms.CreateGrantCommandInput> = {}) => {
    const wanted = { KeyId, GranteePrincipal: userArn('ann'), Operations: ['Encrypt' as const], ...input };
    const { GrantId = '', GrantToken = '' } = await kms.send(new Kms.CreateGrantCommand(wanted));
    return { GrantId, GrantToken };
  };
  const retire = (user: HouseUser, input: Kms.RetireGrantCommandInput) =>
    user.kms.send(new Kms.RetireGrantCommand(input));
  const isThere = async (GrantId: string) => {
    const { Grants = [] } = await kms.send(new Kms.ListGrantsCommand({ KeyId, GrantId }));
    return Grants.length === 1;
  };

  test('the retiring principal may, by token and by id, and others may not', async () => {
    const RetiringPrincipal = userArn('bob');
    const one = await grant({ RetiringPrincipal });
    await refusedAs(denied, retire(ann, { KeyId, GrantId: one.GrantId }));
    await refusedAs(denied, retire(ann, { GrantToken: one.GrantToken }));
    await refusedAs('DryRunOperationException', retire(bob, { KeyId, GrantId: one.GrantId, DryRun: true }));
    assert.equal(await isThere(one.GrantId), true);
    await retire(bob, { KeyId, GrantId: one.GrantId });
    assert.equal(await isThere(one.GrantId), false);
    const two = await grant({ RetiringPrincipal });
    await retire(bob, { GrantToken: two.GrantToken });
    assert.equal(await isThere(two.GrantId), false);
    // What is gone names nobody any more.
    await refusedAs(denied, retire(bob, { GrantToken: two.GrantToken }));
    await refusedAs('NotFoundException', retire(house.administrator, { GrantToken: two.GrantToken }));
  });

  test('the grantee may if the grant says so, and loses it at once', async () => {
    const plain = await grant();
    await refusedAs(denied, retire(ann, { KeyId, GrantId: plain.GrantId }));
    const own = await grant({ Operations: ['Encrypt', 'RetireGrant'] });
    await retire(ann, { KeyId, GrantId: own.GrantId });
    const encrypt = () => ann.kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    await encrypt();
    await kms.send(new Kms.RevokeGrantCommand({ KeyId, GrantId: plain.GrantId }));
    await refusedAs(denied, encrypt());
  });

  test("the key's account leaves it to its own policies, and a deny beats what a grant says", async () => {
    const retirer = await house.user('retirer', [], [{ Effect: 'Allow', Action: 'kms:RetireGrant', Resource: '*' }]);
    const one = await grant();
    await retire(retirer, { KeyId, GrantId: one.GrantId });
    const banned = await house.user('banned', [], [{ Effect: 'Deny', Action: 'kms:RetireGrant', Resource: '*' }]);
    const two = await grant({ RetiringPrincipal: userArn('banned') });
    await refusedAs(denied, retire(banned, { KeyId, GrantId: two.GrantId }), /explicit deny/);
    assert.equal(await isThere(two.GrantId), true);
  });

  test('a namesake of who was deleted neither uses nor retires its grants; the account gives them back', async () => {
    const { iam } = house.administrator;
    await iam.send(new CreateUserCommand({ UserName: 'gone' }));
    const [GranteePrincipal, RetiringPrincipal] = [userArn('gone'), userArn('gone')];
    const Operations: Kms.GrantOperation[] = ['Encrypt', 'RetireGrant', 'CreateGrant'];
    const { GrantId, GrantToken } = await grant({ GranteePrincipal, RetiringPrincipal, Operations });
    await iam.send(new DeleteUserCommand({ UserName: 'gone' }));
    const namesake = await house.user('gone', []);
    for (const input of [{ GrantToken }, { KeyId, GrantId }]) await refusedAs(denied, retire(namesake, input));
    const use = { KeyId, Plaintext: Buffer.from('x'), GrantTokens: [GrantToken] };
    await refusedAs(denied, namesake.kms.send(new Kms.EncryptCommand(use)));
    const passedOn = { KeyId, GranteePrincipal: userArn('bob'), Operations: ['Encrypt' as const] };
    await refusedAs(denied, namesake.kms.send(new Kms.CreateGrantCommand(passedOn)));
    const retirable = await kms.send(new Kms.ListRetirableGrantsCommand({ RetiringPrincipal }));
    assert.deepEqual(retirable.Grants, []);
    const [listed] = (await kms.send(new Kms.ListGrantsCommand({ KeyId, GrantId }))).Grants ?? [];
    assert.match(listed?.RetiringPrincipal ?? '', /^AIDA/);
    await retire(house.administrator, { GrantToken });
    assert.equal(await isThere(GrantId), false);
  });

  test('a grant is named by its token, or by its key and its id', async () => {
    const { GrantId, GrantToken } = await grant({ RetiringPrincipal: userArn('bob') });
    for (const input of [{}, { KeyId }, { GrantId }, { KeyId, GrantId, GrantToken }]) {
      await refusedAs('ValidationException', retire(bob, input));
    }
    await refusedAs('InvalidGrantIdException', retire(bob, { KeyId, GrantId: 'x' }));
    for (const wrong of ['x', `${GrantToken}A`, GrantToken.replace(/.$/, GrantToken.endsWith('A') ? 'Q' : 'A')]) {
      await refusedAs('InvalidGrantTokenException', retire(bob, { GrantToken: wrong }));
    }
    const other = (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    await refusedAs(denied, retire(bob, { KeyId: other, GrantId }));
    await refusedAs('NotFoundException', retire(house.administrator, { KeyId: other, GrantId }));
    await refusedAs('NotFoundException', kms.send(new Kms.RevokeGrantCommand({ KeyId: other, GrantId })));
    await refusedAs('InvalidGrantIdException', kms.send(new Kms.RevokeGrantCommand({ KeyId, GrantId: 'x' })));
    assert.equal(await isThere(GrantId), true);
  });

  test('lists come in pages, and a filter names who is meant', async () => {
    const key = (await kms.send(new Kms.CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';
    const cara = await house.user('cara', ['AdministratorAccess']);
    const made: string[] = [];
    for (let count = 0; count < 5; count += 1) {
      const { GrantId } = await grant({ KeyId: key, RetiringPrincipal: userArn('cara') });
      made.push(GrantId);
    }
    await grant({ KeyId: key, GranteePrincipal: userArn('bob') });
    const idsOf = (grants: readonly Kms.GrantListEntry[] = []) => grants.map(({ GrantId = '' }) => GrantId);
    const pages = async (next: (Marker: string | undefined) => Promise<Kms.ListGrantsCommandOutput>) => {
      const ids: string[] = [];
      let marker: string | undefined;
      do {
        const { Grants = [], NextMarker, Truncated } = await next(marker);
        assert.ok(Grants.length <= 2);
        assert.equal(Truncated, NextMarker !== undefined);
        ids.push(...idsOf(Grants));
        marker = NextMarker;
      } while (marker !== undefined);
      return ids;
    };
    const ofAnn = { KeyId: key, GranteePrincipal: userArn('ann'), Limit: 2 };
    const found = await pages((Marker) => kms.send(new Kms.ListGrantsCommand({ ...ofAnn, Marker })));
    assert.deepEqual(found, made.toSorted());
    const own = { RetiringPrincipal: userArn('cara'), Limit: 2 };
    const retirable = await pages((Marker) => cara.kms.send(new Kms.ListRetirableGrantsCommand({ ...own, Marker })));
    assert.deepEqual(retirable, made.toSorted());
    const nobody = await kms.send(new Kms.ListGrantsCommand({ ...ofAnn, GranteePrincipal: userArn('nobody') }));
    assert.deepEqual(nobody.Grants, []);
    const wrong = new Kms.ListGrantsCommand({ KeyId: key, Marker: 'x' });
    await refusedAs('InvalidMarkerException', kms.send(wrong));
    const elsewhere = { RetiringPrincipal: 'arn:aws:iam::999999999999:root' };
    await refusedAs('InvalidArnException', kms.send(new Kms.ListRetirableGrantsCommand(elsewhere)));
    await refusedAs(denied, bob.kms.send(new Kms.ListRetirableGrantsCommand(own)));
  });

  test('across accounts a grant needs the other account to allow it too', async () => {
    const create = ['src/main.ts', 'account', 'create', '--name', 'guests', '--json', '--data', house.dataFolder];
    const made = JSON.parse((await runCommand(process.execPath, create)).stdout) as Record<string, string>;
    const guest = house.as(await administratorOf(house.dataFolder, house.url, made['profile']));
    const root = `arn:aws:iam::${made['accountId']}:root`;
    const encrypt = () => guest.kms.send(new Kms.EncryptCommand({ KeyId, Plaintext: Buffer.from('x') }));
    await refusedAs(denied, encrypt());
    const { GrantId } = await grant({ GranteePrincipal: root, RetiringPrincipal: root });
    await encrypt();
    const { Grants = [] } = await guest.kms.send(new Kms.ListRetirableGrantsCommand({ RetiringPrincipal: root }));
    assert.deepEqual([Grants[0]?.KeyId, Grants[0]?.GrantId, Grants.length], [KeyId, GrantId, 1]);
    await retire(guest, { KeyId, GrantId });
    await refusedAs(denied, encrypt());
    // Its own policies alone give another account no part in the grants of a key.
    const other = await grant();
    await refusedAs(denied, retire(guest, { KeyId, GrantId: other.GrantId }));
  });
});
