// The organisation of the configuration: its policy files, read and checked at the start, as guardrails of accounts.

import { readFileSync } from 'node:fs';
import { PolicySyntaxError, parsePolicy } from '#access/parse.ts';
import { ConfigError } from '#config/config.ts';
import type { Controls, OrganizationSetting, OrganizationUnit } from '#config/organization-parser.ts';
import type { Guardrails, PolicyDocument, PolicySource } from '#core/ports/policy-source.ts';

type Kind = 'service-control' | 'resource-control';

/** The policy of a file, the identical object each time: it may stand at several levels. Throws as below. */
export type ReadPolicyFile = (kind: Kind, file: string) => PolicyDocument;

/**
 * What is laid over each account, the identical object each time. Throws ConfigError, naming file, line and column,
 * for a file that is no policy of its kind.
 */
export function openOrganization(
  setting: OrganizationSetting,
  homeAccount: string,
  readFile: ReadPolicyFile = openPolicyFiles(),
): NonNullable<PolicySource['guardrailsOf']> {
  const read = (kind: Kind, files: readonly string[]) => files.map((file) => readFile(kind, file));
  const levelsOf = (kind: Kind, levels: readonly Controls[]) =>
    levels.flatMap(({ serviceControl, resourceControl }) => {
      const files = kind === 'service-control' ? serviceControl : resourceControl;
      return files === undefined ? [] : [read(kind, files)];
    });
  const guardrails = (unit: string, own: Controls): Guardrails => {
    const units = unitsTo(setting, unit);
    const levels: readonly Controls[] = [...units.map(({ controls }) => controls), own];
    return {
      serviceControl: levelsOf('service-control', levels),
      resourceControl: levelsOf('resource-control', levels),
      organization: { id: setting.id, path: `${[setting.id, ...units.map(({ id }) => id)].join('/')}/` },
    };
  };
  const elsewhere = guardrails(setting.rootId, { serviceControl: undefined, resourceControl: undefined });
  const listed = new Map(
    Object.entries(setting.accounts).map(([id, account]) => [id, guardrails(account.unit, account)]),
  );
  const management = setting.managementAccount ?? homeAccount;
  // Nothing limits the account that manages all others, so that a wrong policy locks nobody out for good.
  const unlimited = { ...(listed.get(management) ?? elsewhere), serviceControl: [], resourceControl: [] };
  return (accountId) => (accountId === management ? unlimited : (listed.get(accountId) ?? elsewhere));
}

/** From the root down to a unit. */
function unitsTo({ units }: OrganizationSetting, unit: string) {
  const path: Array<{ readonly id: string; readonly controls: Controls }> = [];
  for (let id: string | undefined = unit; id !== undefined; ) {
    const found: OrganizationUnit | undefined = units[id];
    if (found === undefined) throw new Error(`the configuration has no unit ${id}`);
    path.unshift({ id, controls: found });
    id = found.parent;
  }
  return path;
}

export function openPolicyFiles(): ReadPolicyFile {
  const documents = new Map<string, PolicyDocument>();
  return (kind, file) => {
    const known = documents.get(`${kind} ${file}`);
    if (known !== undefined) return known;
    const document = { name: file, text: checkedText(kind, file) };
    documents.set(`${kind} ${file}`, document);
    return document;
  };
}

function checkedText(kind: Kind, file: string): string {
  const place = `organization: ${file}`;
  try {
    const text = readFileSync(file, 'utf8');
    parsePolicy(text, kind);
    return text;
  } catch (error) {
    if (error instanceof PolicySyntaxError) {
      throw new ConfigError(`${place}:${error.line}:${error.column}: ${error.message}`);
    }
    throw new ConfigError(`${place} cannot be read: ${(error as NodeJS.ErrnoException).code}`);
  }
}
