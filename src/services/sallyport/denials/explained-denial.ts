// What is kept of a denial, and how much of it each of two accounts may see: its own side and nothing more.

import { denialText } from '#access/explain.ts';
import { documentsOf } from '#access/inputs.ts';
import type { DecisionTree } from '#access/trace/decision-tree.ts';
import type { DeniedNeed } from '#access/trace/denied-need.ts';
import { ownSide } from '#access/trace/own-side.ts';
import { traceDecision } from '#access/trace/trace.ts';

/** Whose side of a decision is shown: both when principal and resource are of one account. */
export type Side = 'both' | 'principal' | 'resource';

export interface ExplainedDenial {
  readonly requestId: string;
  readonly deniedAtMs: number;
  /** The sentence that the caller was told. */
  readonly message: string;
  readonly action: string;
  readonly resource: string;
  readonly principalArn: string;
  /** Only for the principal's own account. */
  readonly accessKeyId?: string;
  readonly sourceAddress: string;
  readonly userAgent: string;
  readonly side: Side;
  readonly tree: DecisionTree;
}

export interface DenialOfAccount {
  readonly accountId: string;
  readonly denial: ExplainedDenial;
}

/** One for the principal's account, and one for the resource's when that is another. */
export function explainDenied(denied: DeniedNeed): readonly DenialOfAccount[] {
  const { caller, need, request, applying } = denied;
  const own = caller.principal.accountId;
  const { resourceAccountId = own } = request;
  const tree = traceDecision(request, documentsOf(caller.principal, need, applying));
  const viewOf = (accountId: string, side: Side) => ({ accountId, denial: view(denied, tree, side) });
  if (resourceAccountId === own) return [viewOf(own, 'both')];
  return [viewOf(own, 'principal'), viewOf(resourceAccountId, 'resource')];
}

function view({ caller, need, decision, deniedAtMs }: DeniedNeed, tree: DecisionTree, side: Side): ExplainedDenial {
  const { principal, call, accessKeyId } = caller;
  const { action, resource } = need;
  return {
    requestId: call.requestId,
    deniedAtMs,
    message: denialText({ action, resource, principal }, decision),
    action,
    resource,
    principalArn: principal.arn,
    ...(side === 'resource' ? {} : { accessKeyId }),
    sourceAddress: call.sourceAddress,
    userAgent: call.userAgent,
    side,
    tree: side === 'both' ? tree : ownSide(tree, side),
  };
}
