// OIDC providers: create, get, list, delete, their client ids and thumbprints.

import type * as Iam from '@aws-sdk/client-iam';
import { iamArn } from '#core/arn.ts';
import { need } from '#core/need.ts';
import { operation } from '#wire/sdk.ts';
import type { IamRooms } from '../rooms.ts';
import { listingTags, type Taggable, tagging, untagging } from '../tags/tag-operations.ts';
import { parseProviderUrl } from './provider-url.ts';
import { requireProviderArn } from './providers.ts';

interface ProviderInput {
  readonly OpenIDConnectProviderArn: string;
}

const needOn = (action: string) => (input: ProviderInput) => [need(action, input.OpenIDConnectProviderArn)];

/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html */
const createProvider = operation<typeof Iam, 'CreateOpenIDConnectProvider', IamRooms>({
  kind: 'write',
  needs({ Url, Tags: requestTags = [] }, { accountId }) {
    const arn = iamArn(accountId, 'oidc-provider', '/', Url.replace(/^https?:\/\//, ''));
    return [need('iam:CreateOpenIDConnectProvider', arn, { requestTags })];
  },
  errors: ['validation-failed', 'invalid-input', 'entity-already-exists', 'entity-limit-exceeded'],
  async handle(input, { accountId }, { oidcProviders, federation }) {
    const { Url, ClientIDList: clientIds = [], ThumbprintList: thumbprints = [], Tags = [] } = input;
    const url = parseProviderUrl(Url, federation.allowsPlain);
    const { arn } = await oidcProviders.create(accountId, { url, clientIds, thumbprints, tags: Tags });
    return { OpenIDConnectProviderArn: arn, ...(Tags.length === 0 ? {} : { Tags }) };
  },
});

const getProvider = operation<typeof Iam, 'GetOpenIDConnectProvider', IamRooms>({
  kind: 'read',
  needs: needOn('iam:GetOpenIDConnectProvider'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ OpenIDConnectProviderArn }, { accountId }, { oidcProviders }) {
    const provider = await oidcProviders.get(accountId, OpenIDConnectProviderArn);
    return {
      Url: provider.issuer.replace(/^https?:\/\//, ''),
      ClientIDList: provider.clientIds,
      ThumbprintList: provider.thumbprints,
      CreateDate: new Date(provider.createdAtMs),
      ...(provider.tags.length === 0 ? {} : { Tags: provider.tags }),
    };
  },
});

const listProviders = operation<typeof Iam, 'ListOpenIDConnectProviders', IamRooms>({
  kind: 'read',
  needs: () => [need('iam:ListOpenIDConnectProviders', '*')],
  errors: [],
  async handle(_input, { accountId }, { oidcProviders }) {
    const all = await oidcProviders.list(accountId);
    return { OpenIDConnectProviderList: all.map(({ arn }) => ({ Arn: arn })) };
  },
});

const deleteProvider = operation<typeof Iam, 'DeleteOpenIDConnectProvider', IamRooms>({
  kind: 'write',
  needs: needOn('iam:DeleteOpenIDConnectProvider'),
  errors: ['validation-failed'],
  async handle({ OpenIDConnectProviderArn }, { accountId }, { oidcProviders }) {
    await oidcProviders.remove(accountId, OpenIDConnectProviderArn);
    return {};
  },
});

const addClientId = operation<typeof Iam, 'AddClientIDToOpenIDConnectProvider', IamRooms>({
  kind: 'write',
  needs: needOn('iam:AddClientIDToOpenIDConnectProvider'),
  errors: ['validation-failed', 'no-such-entity', 'entity-limit-exceeded'],
  async handle({ OpenIDConnectProviderArn, ClientID }, { accountId }, { oidcProviders }) {
    await oidcProviders.addClientId(accountId, OpenIDConnectProviderArn, ClientID);
    return {};
  },
});

const removeClientId = operation<typeof Iam, 'RemoveClientIDFromOpenIDConnectProvider', IamRooms>({
  kind: 'write',
  needs: needOn('iam:RemoveClientIDFromOpenIDConnectProvider'),
  errors: ['validation-failed', 'no-such-entity'],
  async handle({ OpenIDConnectProviderArn, ClientID }, { accountId }, { oidcProviders }) {
    await oidcProviders.removeClientId(accountId, OpenIDConnectProviderArn, ClientID);
    return {};
  },
});

const updateThumbprint = operation<typeof Iam, 'UpdateOpenIDConnectProviderThumbprint', IamRooms>({
  kind: 'write',
  needs: needOn('iam:UpdateOpenIDConnectProviderThumbprint'),
  errors: ['validation-failed', 'invalid-input', 'no-such-entity'],
  async handle({ OpenIDConnectProviderArn, ThumbprintList }, { accountId }, { oidcProviders }) {
    await oidcProviders.setThumbprints(accountId, OpenIDConnectProviderArn, ThumbprintList);
    return {};
  },
});

/** Their tags hang on the ARN. */
const taggable: Taggable<ProviderInput> = {
  needs: needOn,
  find:
    ({ OpenIDConnectProviderArn }, { accountId }) =>
    (tables) =>
      requireProviderArn(tables, accountId, OpenIDConnectProviderArn),
};

const tag = 'iam:TagOpenIDConnectProvider';
const untag = 'iam:UntagOpenIDConnectProvider';
const list = 'iam:ListOpenIDConnectProviderTags';

export const oidcProviderOperations = {
  TagOpenIDConnectProvider: operation<typeof Iam, 'TagOpenIDConnectProvider', IamRooms>(tagging(taggable, tag)),
  UntagOpenIDConnectProvider: operation<typeof Iam, 'UntagOpenIDConnectProvider', IamRooms>(untagging(taggable, untag)),
  ListOpenIDConnectProviderTags: operation<typeof Iam, 'ListOpenIDConnectProviderTags', IamRooms>(
    listingTags(taggable, list),
  ),
  CreateOpenIDConnectProvider: createProvider,
  GetOpenIDConnectProvider: getProvider,
  ListOpenIDConnectProviders: listProviders,
  DeleteOpenIDConnectProvider: deleteProvider,
  AddClientIDToOpenIDConnectProvider: addClientId,
  RemoveClientIDFromOpenIDConnectProvider: removeClientId,
  UpdateOpenIDConnectProviderThumbprint: updateThumbprint,
};
