// How long a password of docker lives: as configured for the account, and no longer than a policy allows.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { GetSessionTokenCommand } from '@aws-sdk/client-sts';
import { type House, type HouseUser, openHouse } from './support/house.ts';
import { refusedAs } from './support/refused.ts';

const account = '111122223333';
const bounded = (operator: string, seconds: number) => ({
  ...{ Effect: 'Allow', Action: ['ecr:*', 'sts:*'], Resource: '*' },
  Condition: { [operator]: { 'sallyport:TokenLifeSeconds': String(seconds) } },
});

describe('the life of a registry token', () => {
  let house: House;
  before(async () => {
    const tokens = `tokens: {registryLifeSeconds: 600, registryLifeSecondsByAccount: {"${account}": 7200}}`;
    house = await openHouse(`account: "${account}"\n${tokens}`);
  });
  after(() => house.dispose());
  const lifeOf = async ({ ecr }: HouseUser) => {
    const { authorizationData } = await ecr.send(new GetAuthorizationTokenCommand({}));
    return Math.round(((authorizationData?.[0]?.expiresAt?.getTime() ?? 0) - Date.now()) / 100) / 10;
  };
  const isAbout = (seconds: number, found: number) => assert.ok(Math.abs(seconds - found) < 5, `${found} s`);

  test('is what the account is configured to', async () => {
    isAbout(7200, await lifeOf(house.administrator));
  });

  test('is the longest step that a policy allows, and no token where it allows none', async () => {
    isAbout(900, await lifeOf(await house.user('short', [], [bounded('NumericLessThanEquals', 1000)])));
    isAbout(7200, await lifeOf(await house.user('long', [], [bounded('NumericLessThanEquals', 90_000)])));
    isAbout(60, await lifeOf(await house.user('brief', [], [bounded('NumericLessThanEquals', 60)])));
    const none = await house.user('none', [], [bounded('NumericLessThanEquals', 59)]);
    await refusedAs('AccessDeniedException', lifeOf(none), /ecr:GetAuthorizationToken/);
  });

  test('never outlives its session', async () => {
    const { Credentials } = await house.administrator.sts.send(new GetSessionTokenCommand({ DurationSeconds: 900 }));
    isAbout(900, await lifeOf(house.session(Credentials)));
  });
});
