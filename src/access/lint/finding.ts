// What linting finds in a policy: the types and codes that IAM Access Analyzer's validation has (iam.md §9).

import type { Position } from '../policy.ts';
import type { JsonText } from '../positioned-json.ts';

export type FindingType = 'ERROR' | 'SECURITY_WARNING' | 'WARNING' | 'SUGGESTION';

export interface Finding {
  readonly findingType: FindingType;
  /** `INVALID_ACTION`, `MISSING_PRINCIPAL`, … */
  readonly issueCode: string;
  /** A sentence for whoever wrote the policy. */
  readonly details: string;
  readonly start: Position;
  readonly end: Position;
}

/** The kinds of policy that can be checked. */
export type LintType = 'identity' | 'resource' | 'trust' | 'scp' | 'rcp';

/** Something in the text, as the JSON reader places it. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

export type Report = (findingType: FindingType, issueCode: string, place: Place, details: string) => void;

/** Known actions by service prefix, both in lower case; what is not in it is a service that nothing is known about. */
export type ActionCatalogue = ReadonlyMap<string, ReadonlySet<string>>;

/** What every rule is given. */
export interface LintRules {
  readonly type: LintType;
  readonly report: Report;
  readonly catalogue: ActionCatalogue;
  /** True when the document's version knows policy variables. */
  readonly variables: boolean;
}

/** What of a statement several rules look at. */
export interface LintedStatement {
  readonly effect: string | undefined;
  readonly actions: readonly JsonText[];
  readonly isNotAction: boolean;
  readonly resources: readonly JsonText[];
  readonly isNotResource: boolean;
}
