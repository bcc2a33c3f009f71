// CreateGrant, ListGrants, ListRetirableGrants.

import type * as Kms from '@aws-sdk/client-kms';
import { kmsArn, parseArn } from '#core/arn.ts';
import { registryOf } from '#core/caller.ts';
import { DomainError } from '#core/errors.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import { forAwsResource } from '../keys/key-need.ts';
import { endDryRun, onKey } from '../keys/key-operation.ts';
import { pageOf } from '../paging.ts';
import { recorded } from '../recorded.ts';
import type { KmsRooms } from '../rooms.ts';
import { requireGrantId } from './grant.ts';
import { makeGrantToken } from './grant-tokens.ts';
import { grantView } from './grant-view.ts';
import { bitsOf } from './rights.ts';
import { constraintIn, grantContext, requireValid } from './wanted-grant.ts';

const limitDefault = 50;

const createGrant = onKey('CreateGrant', {
  kind: 'write',
  acrossAccounts: true,
  errors: ['kms-key-disabled', 'kms-key-state-invalid', 'kms-limit-exceeded', 'kms-unsupported', 'validation-failed'],
  context: (input, caller) => ({ ...grantContext(input), ...forAwsResource(caller) }),
  granted: (input, { arn, key }, { principal }, { grants }) =>
    key &&
    grants.granted.create(principal, arn, { operations: bitsOf(input.Operations), constraint: constraintIn(input) }),
  async handle(input, key, rooms, caller) {
    const { grants, grantPrincipals } = rooms;
    requireValid(input, key);
    const { GranteePrincipal = '', RetiringPrincipal, Name: name, Operations } = input;
    const wanted = {
      grantee: await grantPrincipals.keep(GranteePrincipal),
      retiring: RetiringPrincipal === undefined ? undefined : await grantPrincipals.keep(RetiringPrincipal),
      issuingAccount: caller.accountId,
      name,
      operations: bitsOf(Operations),
      constraint: constraintIn(input),
    };
    endDryRun(input);
    const GrantId = await grants.create(key, wanted);
    return { GrantId, GrantToken: makeGrantToken(rooms, { grantId: GrantId, keyArn: key.arn }) };
  },
  // With the token in hand nobody can do more, but it is of no use to whoever reads the log.
  audit: { response: ({ GrantId }) => ({ grantId: GrantId }) },
});

const listGrants = onKey('ListGrants', {
  kind: 'read',
  acrossAccounts: true,
  errors: ['kms-grant-id-invalid', 'kms-key-state-invalid', 'kms-marker-invalid', 'kms-unsupported'],
  context: (_input, caller) => forAwsResource(caller),
  async handle(input, key, rooms) {
    const { GrantId, GranteePrincipal, GranteeServicePrincipal } = input;
    const { grants, grantPrincipals } = rooms;
    if (GranteeServicePrincipal !== undefined) {
      throw new DomainError('kms-unsupported', 'GranteeServicePrincipal is not served by Sallyport.', {});
    }
    if (GrantId !== undefined) requireGrantId(GrantId);
    // Nobody has the empty name.
    const grantee = GranteePrincipal && ((await grantPrincipals.find(GranteePrincipal)) ?? '');
    const { items, ...page } = await pageOf(rooms, input, {
      scope: `ListGrants ${key.arn} ${GrantId ?? ''} ${grantee ?? ''}`,
      limitDefault,
      async read(after, limit) {
        if (GrantId === undefined) return grants.list(key, grantee, after, limit);
        const grant = await grants.find(GrantId);
        const isMeant = grant?.keyId === key.keyId && grant.region === key.region && grant.grantId > after;
        return isMeant && (grantee === undefined || grant.grantee === grantee) ? [grant] : [];
      },
      keyOf: ({ grantId }) => grantId,
    });
    return { Grants: await Promise.all(items.map((grant) => grantView(grant, key.arn, grantPrincipals))), ...page };
  },
});

const listRetirableGrants = operation<typeof Kms, 'ListRetirableGrants', KmsRooms>({
  kind: 'read',
  needs: (_input, { accountId }) => [
    { ...need('kms:ListRetirableGrants', '*'), context: { 'kms:CallerAccount': accountId } },
  ],
  errors: ['kms-arn-invalid', 'kms-marker-invalid', 'kms-unsupported', 'validation-failed'],
  audit: { request: recorded },
  async handle(input, caller, rooms) {
    const { RetiringPrincipal, RetiringServicePrincipal } = input;
    const { grants, grantPrincipals, records } = rooms;
    if (RetiringServicePrincipal !== undefined) {
      throw new DomainError('kms-unsupported', 'RetiringServicePrincipal is not served by Sallyport.', {});
    }
    if (RetiringPrincipal === undefined) {
      throw new DomainError('validation-failed', 'RetiringPrincipal is required.', {});
    }
    requireOwn(RetiringPrincipal, caller.accountId);
    const retiring = await grantPrincipals.keep(RetiringPrincipal);
    const { items, ...page } = await pageOf(rooms, input, {
      scope: `ListRetirableGrants ${caller.region} ${retiring}`,
      limitDefault,
      read: (after, limit) => grants.listRetirable(caller.region, retiring, after, limit),
      keyOf: ({ grantId }) => grantId,
    });
    const shown = items.map(async (grant) => {
      const key = await records.find(grant.region, grant.keyId);
      const arn = key?.arn ?? kmsArn(registryOf(caller), `key/${grant.keyId}`);
      return grantView(grant, arn, grantPrincipals);
    });
    return { Grants: await Promise.all(shown), ...page };
  },
});

/** What others may retire is told to their own account only. Throws kms-arn-invalid. */
function requireOwn(principal: string, accountId: string): void {
  if (principal === accountId || parseArn(principal)?.accountId === accountId) return;
  const message = `ARN does not refer to a principal of this account: ${principal}`;
  throw new DomainError('kms-arn-invalid', message, {});
}

export const grantOperations = {
  CreateGrant: createGrant,
  ListGrants: listGrants,
  ListRetirableGrants: listRetirableGrants,
};
