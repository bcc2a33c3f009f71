// The syntax of actions and resources in a statement. Each function says what is wrong, or nothing.

import { knowsResourceControl } from './resource-control.ts';
import { shorten } from './shorten.ts';
import { hasVariable, variableProblem } from './variables.ts';

/** `svc:Name` with `*` and `?` in the name, or `*` alone. */
export function actionProblem(text: string): string | undefined {
  if (text === '*' || /^[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+$/.test(text)) return undefined;
  return `${shorten(text)} is no action: write service:Name, where the name may hold * and ?`;
}

/** The same for a resource control policy, which speaks only of services that know such policies. */
export function controlledProblem(text: string): string | undefined {
  if (text === '*') return 'A resource control policy names a service: write service:*';
  const problem = actionProblem(text);
  if (problem !== undefined || knowsResourceControl(text)) return problem;
  return `${shorten(text)} belongs to a service that knows no resource control policies`;
}

/**
 * `*`, or an ARN with wildcards after the partition; a trailing star may stand for all that is not written
 * (`arn:aws:ecr:*`). Variables, where the document's version has them, stand in the last part only.
 */
export function resourceProblem(text: string, variables: boolean): string | undefined {
  if (text === '*') return undefined;
  const parts = text.split(':');
  const [scheme, partition = '', service = ''] = parts;
  const resource = parts.slice(5).join(':');
  const isCut = parts.length > 3 && parts.length < 6 && text.endsWith('*');
  if (scheme !== 'arn' || !/^(aws(-[a-z]+)*|\*)$/.test(partition) || service === '' || !(resource || isCut)) {
    return `${shorten(text)} is no resource: write an ARN or *`;
  }
  if (!variables || !hasVariable(text)) return undefined;
  if (hasVariable(parts.slice(0, 5).join(':'))) {
    return `${shorten(text)} holds a policy variable before the last part of the ARN`;
  }
  return variableProblem(text);
}
