// Compiles each policy document once, for as long as its source keeps the same object.

import type { PolicyDocument } from '#core/ports/policy-source.ts';
import { type CompiledPolicy, compilePolicy } from './compile.ts';
import { parsePolicy } from './parse.ts';
import type { PolicyKind } from './policy.ts';

export type Compiler = (document: PolicyDocument, kind: PolicyKind) => CompiledPolicy;

/** A document object is of one kind. The compiler throws PolicySyntaxError for one that was never checked. */
export function openCompiler(): Compiler {
  const compiled = new WeakMap<PolicyDocument, CompiledPolicy>();
  return (document, kind) => {
    const known = compiled.get(document);
    if (known !== undefined) return known;
    const policy = compilePolicy(parsePolicy(document.text, kind), document.name);
    compiled.set(document, policy);
    return policy;
  };
}
