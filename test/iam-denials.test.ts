// A caller without permission is refused every operation of IAM, by name, before anything is looked at.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as Iam from '@aws-sdk/client-iam';
import { later } from '../src/core/operation.ts';
import { iamService } from '../src/services/iam/service.ts';
import { schemaOf } from '../src/wire/schema.ts';
import { sampleInput } from './hostile/generated/samples.ts';
import { type House, openHouse } from './support/house.ts';

const schema = schemaOf({ name: 'iam', schema: 'iam' });
const served = Object.entries(iamService({} as never).operations).flatMap(([name, entry]) =>
  entry === later ? [] : [name],
);
type Make = new (input: object) => object;

describe('a caller without permission', () => {
  let house: House;
  before(async () => {
    house = await openHouse();
  });
  after(() => house.dispose());

  test('is refused each operation with its action and resource, and each refusal is recorded', async () => {
    const { iam: outsider } = await house.user('outsider', []);
    for (const name of served) {
      // The SDK exports its commands by name.
      const Command = (Iam as unknown as Readonly<Record<string, Make>>)[`${name}Command`];
      assert.ok(Command !== undefined, name);
      const input = sampleInput(schema, schema.operations[name]?.input ?? null);
      await assert.rejects(outsider.send(new Command(input) as never), (error: Error) => {
        assert.equal(error.name, 'AccessDenied', `${name}: ${error.message}`);
        const text = `user/outsider is not authorized to perform: iam:${name} on resource: `;
        assert.ok(error.message.includes(text), `${name}: ${error.message}`);
        return true;
      });
    }
    const records = (await house.auditRecords()).filter(({ userIdentity }) => userIdentity.userName === 'outsider');
    assert.deepEqual(
      records.map(({ eventName, errorCode }) => [eventName, errorCode]),
      served.map((name) => [name, 'AccessDenied']),
    );
  });
});
