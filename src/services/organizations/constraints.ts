// What Organizations demands of each member beyond its type (API reference): one line a member.

import { limits } from '#core/limits.ts';
import { constraintChecker, type InputConstraints, type MemberConstraint } from '#wire/constraints.ts';

const matching = (matches: RegExp): MemberConstraint => ({
  pattern: { matches, text: `Member must satisfy regular expression pattern: ${matches.source}` },
});

const account = matching(/^\d{12}$/);
const unit = matching(/^ou-[0-9a-z-]{1,100}$/);
const parent = matching(/^(r-[0-9a-z]{4,32}|ou-[0-9a-z-]{1,100})$/);
const child = matching(/^(\d{12}|ou-[0-9a-z-]{1,100})$/);
const target = matching(/^(r-[0-9a-z]{4,32}|\d{12}|ou-[0-9a-z-]{1,100})$/);
const policy = matching(/^p-[0-9a-zA-Z_]{8,128}$/);
/** Of the API's types those that a site can have. */
const filter: MemberConstraint = { enum: ['SERVICE_CONTROL_POLICY', 'RESOURCE_CONTROL_POLICY'] };

const page: InputConstraints = {
  MaxResults: { range: [1, limits.organizationsPageSizeMax] },
  NextToken: { length: [1, 100_000] },
};

const constraints: Readonly<Record<string, InputConstraints>> = {
  ListAWSServiceAccessForOrganization: page,
  ListDelegatedAdministrators: { ServicePrincipal: { length: [1, 128] }, ...page },
  ListAccounts: page,
  ListAccountsForParent: { ParentId: parent, ...page },
  DescribeAccount: { AccountId: account },
  ListRoots: page,
  ListOrganizationalUnitsForParent: { ParentId: parent, ...page },
  DescribeOrganizationalUnit: { OrganizationalUnitId: unit },
  ListChildren: { ParentId: parent, ChildType: { enum: ['ACCOUNT', 'ORGANIZATIONAL_UNIT'] }, ...page },
  ListParents: { ChildId: child, ...page },
  ListPolicies: { Filter: filter, ...page },
  DescribePolicy: { PolicyId: policy },
  ListPoliciesForTarget: { TargetId: target, Filter: filter, ...page },
  ListTargetsForPolicy: { PolicyId: policy, ...page },
};

const checkers = new Map(
  Object.entries(constraints).map(([name, table]) => [name, constraintChecker(table, 'validation-error')]),
);

/** Throws validation-failed. */
export function checkInput(operation: string, input: unknown): void {
  checkers.get(operation)?.(input);
}
