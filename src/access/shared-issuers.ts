// Issuers that give tokens to everybody: a role that trusts one must say whose tokens it means (iam.md §7).

import { compilePattern, matches } from './match.ts';
import type { ParsedCondition, ParsedStatement } from './policy.ts';

/** Of an issuer, without scheme: what a `sub` must begin with to be somebody's own, and an example of one. */
interface SharedIssuer {
  readonly form: RegExp;
  readonly example: string;
}

const organization = { form: /^organization:[^:*?$]+:/, example: 'organization:ORG:*' };
const exact = { form: /^[^*?$]+$/, example: 'the subject itself' };

/**
 * Wherever a wildcard may stand, what comes before it must name an owner to its end: `repo:ORG*` is strangers' too. At
 * GitHub an owner may choose the claims that make his subjects, so that some (`environment:…`) are anybody's.
 */
const known: Readonly<Record<string, SharedIssuer>> = {
  'token.actions.githubusercontent.com': {
    form: /^(repo|repository|job_workflow_ref|workflow_ref):[^/:*?$]+\/|^(repository_owner|repository_owner_id|repository_id|enterprise|enterprise_id):[^:*?$]+(:|$)/,
    example: 'repo:ORG/REPO:ref:refs/heads/main',
  },
  'gitlab.com': { form: /^project_path:[^/:*?$]+\//, example: 'project_path:GROUP/PROJECT:ref_type:branch:ref:main' },
  'app.terraform.io': organization,
  'agent.buildkite.com': organization,
  'oidc.vercel.com': { form: /^owner:[^:*?$]+:/, example: 'owner:TEAM:project:PROJECT:environment:production' },
  'api.pulumi.com/oidc': { form: /^pulumi:[^*?$]*:org:[^:*?$]+:/, example: 'pulumi:deploy:org:ORG:*' },
  'oidc.codefresh.io': { form: /^account:[^:*?$]+:/, example: 'account:ACCOUNT:*' },
  'accounts.google.com': exact,
  'appleid.apple.com': exact,
};

const further: SharedIssuer = { form: /^[^*?$]/, example: 'the subject itself' };

const action = 'sts:assumerolewithwebidentity';
const positive: ReadonlySet<string> = new Set(['StringEquals', 'StringEqualsIgnoreCase', 'StringLike']);

/**
 * Why a statement of a trust policy lets strangers in; undefined when it does not. `more` names issuers, without
 * scheme, that are shared beside the known ones.
 */
export function openToStrangers(statement: ParsedStatement, more: readonly string[]): string | undefined {
  const { effect, principals, actions, conditions } = statement;
  const isNamed = actions.patterns.some((pattern) => matches(compilePattern(pattern.toLowerCase()), action));
  if (effect !== 'Allow' || isNamed === actions.not) return undefined;
  for (const { type, value } of principals?.list ?? []) {
    if (value === '*' && !conditions.some(narrowsItsIssuer)) return told('any provider', '<provider>:sub', exact);
    const issuer = type === 'Federated' ? /:oidc-provider\/(.+)$/.exec(value)?.[1] : undefined;
    const shared = issuer === undefined ? undefined : (known[issuer] ?? (more.includes(issuer) ? further : undefined));
    if (issuer === undefined || shared === undefined) continue;
    if (!conditions.some((condition) => narrows(condition, issuer, shared)))
      return told(issuer, `${issuer}:sub`, shared);
  }
  return undefined;
}

function told(whose: string, key: string, { example }: SharedIssuer): string {
  return (
    `The trust policy lets everybody in who has a token of ${whose}: compare ${key}, by StringEquals or StringLike, ` +
    `with a value that says whose tokens are meant, such as ${example}.`
  );
}

/** A token has the claims of its own issuer only: a condition on another issuer's subject keeps it out altogether. */
function narrows(condition: ParsedCondition, issuer: string, { form }: SharedIssuer): boolean {
  if (!isAboutSubject(condition)) return false;
  const isOwn = condition.key.toLowerCase() === `${issuer}:sub`.toLowerCase();
  return !isOwn || condition.values.every((value) => form.test(value));
}

function narrowsItsIssuer(condition: ParsedCondition): boolean {
  const issuer = condition.key.toLowerCase().replace(/:sub$/, '');
  return narrows(condition, issuer, known[issuer] ?? further);
}

/** What is true without the key (`IfExists`, `ForAllValues`) narrows nothing. */
function isAboutSubject({ operator, quantifier, ifExists, key }: ParsedCondition): boolean {
  return positive.has(operator) && quantifier !== 'ForAllValues' && !ifExists && key.toLowerCase().endsWith(':sub');
}
