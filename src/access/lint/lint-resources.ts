// Rules for resources: what is wrong with an ARN, part by part.

import { resourceProblem } from '../elements.ts';
import { shorten } from '../shorten.ts';
import type { LintedStatement, LintRules } from './finding.ts';

export function lintResources({ resources }: LintedStatement, { report, variables }: LintRules): void {
  for (const resource of resources) {
    const { text } = resource;
    const found = text === '*' ? undefined : arnProblem(text);
    if (found !== undefined) {
      const [code, details] = found;
      report('ERROR', code, resource, `${shorten(text)}: ${details}`);
      continue;
    }
    const problem = resourceProblem(text, variables);
    if (problem !== undefined) report('ERROR', 'INVALID_ARN_RESOURCE', resource, `${problem}.`);
  }
}

function arnProblem(text: string): readonly [code: string, details: string] | undefined {
  const [scheme, partition = '', service = '', region = '', account = ''] = text.split(':');
  if (scheme !== 'arn') return ['INVALID_ARN_PREFIX', 'an ARN begins with arn:, or write * for every resource.'];
  if (!/^(aws(-[a-z]+)*|\*)$/.test(partition)) return ['INVALID_ARN_PARTITION', 'the partition is aws, as a rule.'];
  if (!/^[a-zA-Z0-9*?-]+$/.test(service)) return ['INVALID_ARN_SERVICE', 'the third part names a service.'];
  if (/^(iam|s3)$/.test(service) && region !== '' && region !== '*') {
    return ['INVALID_ARN_REGION', `resources of ${service} have no region: write arn:${partition}:${service}::….`];
  }
  if (!/^([a-z0-9?*-]*)$/.test(region)) return ['INVALID_ARN_REGION', `${shorten(region)} is no region.`];
  if (/^(\d{12}|aws|\*|)$/.test(account) || account.includes('?') || account.includes('*')) return undefined;
  return ['INVALID_ARN_ACCOUNT', `${shorten(account)} is no account: that has twelve digits.`];
}
