// Lints a policy document: everything that is wrong or unwise in it, with line and column, not only the first thing.

import { limits } from '#core/limits.ts';
import { countPolicyChars, PolicySyntaxError, parsePolicy } from '../parse.ts';
import type { ParsedStatement, PolicyKind } from '../policy.ts';
import { type JsonMembers, JsonSyntaxError, type JsonValue, readPositionedJson } from '../positioned-json.ts';
import { positionsOf } from '../positions.ts';
import { oneOrMany } from '../read-members.ts';
import { openToStrangers } from '../shared-issuers.ts';
import { shorten } from '../shorten.ts';
import type { ActionCatalogue, Finding, LintRules, LintType, Report } from './finding.ts';
import { lintStatement } from './lint-statement.ts';

const kinds: Readonly<Record<LintType, PolicyKind>> = {
  identity: 'identity',
  resource: 'resource',
  trust: 'trust',
  scp: 'service-control',
  rcp: 'resource-control',
};

/** Characters without white space, and what the code calls the kind. */
const sizes: Readonly<Record<LintType, readonly [charsMax: number, name: string]>> = {
  identity: [limits.managedPolicyCharsMax, 'IDENTITY_POLICY'],
  resource: [limits.policyDocumentCharsMax, 'RESOURCE_POLICY'],
  trust: [2048, 'TRUST_POLICY'],
  scp: [5120, 'SERVICE_CONTROL_POLICY'],
  rcp: [5120, 'RESOURCE_CONTROL_POLICY'],
};

const findingsMax = 500;

/**
 * In the order of the text. The server takes a document without an ERROR, unless it is trust that lets strangers in,
 * for which there is a SECURITY_WARNING.
 */
export function lintPolicy(text: string, type: LintType, catalogue: ActionCatalogue): readonly Finding[] {
  const positionAt = positionsOf(text);
  const found: Finding[] = [];
  const report: Report = (findingType, issueCode, { start, end }, details) => {
    if (found.length >= findingsMax) return;
    found.push({ findingType, issueCode, details, start: positionAt(start), end: positionAt(end) });
  };
  lintSize(text, type, report);
  try {
    lintDocument(readPositionedJson(text, limits.jsonDepthMax), { type, report, catalogue });
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    report('ERROR', 'JSON_SYNTAX_ERROR', { start: error.offset, end: error.offset }, `${error.message}.`);
  }
  lintAsServer(text, type, found);
  return found.toSorted((left, right) => before(left, right));
}

function before(left: Finding, right: Finding): number {
  return left.start.line - right.start.line || left.start.column - right.start.column;
}

function lintSize(text: string, type: LintType, report: Report): void {
  const [charsMax, name] = sizes[type];
  const chars = countPolicyChars(text);
  if (chars <= charsMax) return;
  const details = `The policy has ${chars} characters without white space; at most ${charsMax} are taken.`;
  report('ERROR', `POLICY_SIZE_EXCEEDS_${name}`, { start: 0, end: text.length }, details);
}

function lintDocument(value: JsonValue, rules: Omit<LintRules, 'variables'>): void {
  const { report } = rules;
  if (value.type !== 'object') {
    return report('ERROR', 'DATA_TYPE_MISMATCH', value, 'A policy must be a JSON object.');
  }
  for (const [name, { name: place }] of value.members) {
    if (['Version', 'Id', 'Statement'].includes(name)) continue;
    report('ERROR', 'UNSUPPORTED_ELEMENT', place, `${shorten(name)} is no element of a policy.`);
  }
  const variables = lintVersion(value, report);
  const statements = value.members.get('Statement')?.value;
  if (statements === undefined) {
    return report('ERROR', 'MISSING_STATEMENT', value, 'A policy needs the element Statement.');
  }
  const list = oneOrMany(statements);
  if (list.length === 0) report('ERROR', 'EMPTY_ARRAY_STATEMENT', statements, 'Statement must not be empty.');
  for (const statement of list) {
    if (statement.type === 'object') lintStatement(statement, { ...rules, variables });
    else report('ERROR', 'DATA_TYPE_MISMATCH', statement, 'A statement must be a JSON object.');
  }
}

function lintVersion({ members, start }: JsonMembers, report: Report): boolean {
  const version = members.get('Version')?.value;
  if (version === undefined) {
    const details = 'Without Version the policy is of 2008-10-17, which knows no policy variables: write "2012-10-17".';
    report('WARNING', 'MISSING_VERSION', { start, end: start + 1 }, details);
    return false;
  }
  if (version.type !== 'text') report('ERROR', 'DATA_TYPE_MISMATCH', version, 'Version must be a string.');
  return version.type === 'text' && version.text === '2012-10-17';
}

/** What the server would refuse, unless a rule has said so already. */
function lintAsServer(text: string, type: LintType, found: Finding[]): void {
  try {
    const { statements } = parsePolicy(text, kinds[type]);
    if (type === 'trust') found.push(...statements.flatMap(lintTrust));
  } catch (error) {
    if (!(error instanceof PolicySyntaxError)) throw error;
    if (found.some(({ findingType }) => findingType === 'ERROR')) return;
    const at = { line: error.line, column: error.column };
    const details = `${error.message}.`;
    found.push({ findingType: 'ERROR', issueCode: 'INVALID_POLICY', details, start: at, end: at });
  }
}

/** By the server's own rule, for the issuers that every site knows to be shared. */
function lintTrust(statement: ParsedStatement): readonly Finding[] {
  const details = openToStrangers(statement, []);
  if (details === undefined) return [];
  const { start, end, principals } = statement;
  const isGitHub = principals?.list.some(({ value }) => value.endsWith('/token.actions.githubusercontent.com'));
  const issueCode = isGitHub ? 'MISSING_GITHUB_REPO_CONDITION_KEY' : 'MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL';
  return [{ findingType: 'SECURITY_WARNING', issueCode, details, start, end }];
}
