// What a condition value must look like for its operator: a range that never matches would make a Deny worthless.

import { parseRange } from '#std/ip-addresses.ts';
import { parseInstant } from './instants.ts';
import { parseNumber } from './numbers.ts';
import { type Operator, takesVariables } from './operators.ts';
import { shorten } from './shorten.ts';
import { hasVariable, variableProblem } from './variables.ts';

/** What is wrong with the value, as a sentence; undefined when nothing is. */
export function valueProblem(operator: Operator, text: string, variables: boolean): string | undefined {
  if (variables && takesVariables(operator) && hasVariable(text)) return variableProblem(text);
  const wanted = wantedFor(operator, text);
  return wanted === undefined ? undefined : `${operator.name} needs ${wanted}, which ${shorten(text)} is not`;
}

/** What the operator wants instead of this text. */
function wantedFor(operator: Operator, text: string): string | undefined {
  switch (operator.family) {
    case 'numeric':
      return parseNumber(text) === undefined ? 'a number' : undefined;
    case 'date':
      return parseInstant(text) === undefined ? 'a date (ISO 8601) or epoch seconds' : undefined;
    case 'bool':
    case 'null':
      return /^(true|false)$/i.test(text) ? undefined : 'true or false';
    case 'binary':
      return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? undefined : 'base64';
    case 'ip':
      return parseRange(text) === undefined ? 'an IP address or a CIDR range' : undefined;
    case 'arn':
      return text === '*' || hasSixSegments(text) ? undefined : 'an ARN of six parts or *';
    default:
      return undefined;
  }
}

function hasSixSegments(text: string): boolean {
  let at = -1;
  for (let count = 0; count < 5; count += 1) {
    at = text.indexOf(':', at + 1);
    if (at < 0) return false;
  }
  return true;
}
