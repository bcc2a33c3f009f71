// What IAM demands of each member of the operations of OIDC providers.

import { limits } from '#core/limits.ts';
import type { InputConstraints, MemberConstraint } from '#wire/constraints.ts';
import { arn, page, tagKeys, tags } from '../member-constraints.ts';

const provider: InputConstraints = { OpenIDConnectProviderArn: arn };
const clientId: MemberConstraint = { length: [1, 255] };
const thumbprint: MemberConstraint = { length: [40, 40] };

export const oidcProviderConstraints: Readonly<Record<string, InputConstraints>> = {
  CreateOpenIDConnectProvider: {
    Url: { length: [1, limits.oidcUrlCharsMax] },
    'ClientIDList[]': clientId,
    'ThumbprintList[]': thumbprint,
    ...tags,
  },
  GetOpenIDConnectProvider: provider,
  DeleteOpenIDConnectProvider: provider,
  AddClientIDToOpenIDConnectProvider: { ...provider, ClientID: clientId },
  RemoveClientIDFromOpenIDConnectProvider: { ...provider, ClientID: clientId },
  UpdateOpenIDConnectProviderThumbprint: { ...provider, 'ThumbprintList[]': thumbprint },
  TagOpenIDConnectProvider: { ...provider, ...tags },
  UntagOpenIDConnectProvider: { ...provider, ...tagKeys },
  ListOpenIDConnectProviderTags: { ...provider, ...page },
};
