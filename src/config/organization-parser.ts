// How `organization` is read: units from the root down, accounts in them, and the policy files at each.

import { resolve } from 'node:path';
import { parseAccount } from './name-parsers.ts';
import { parseListOf, recordOf, text } from './parsers.ts';
import { wanted, within } from './refusals.ts';

export interface OrganizationSetting {
  readonly id: string;
  /** No service control policy limits it. Undefined: the home account. */
  readonly managementAccount: string | undefined;
  readonly rootId: string;
  /** By id, the root among them. */
  readonly units: Units;
  /** By account id; what is not in it stands directly under the root. */
  readonly accounts: Readonly<Record<string, OrganizationAccount>>;
}

type Units = Readonly<Record<string, OrganizationUnit>>;

/** Files with policies. Undefined where none is attached: then nothing is taken away at this level. */
export interface Controls {
  readonly serviceControl: readonly string[] | undefined;
  readonly resourceControl: readonly string[] | undefined;
}

export interface OrganizationUnit extends Controls {
  /** Undefined only for the root. */
  readonly parent: string | undefined;
}

export interface OrganizationAccount extends Controls {
  readonly unit: string;
}

const organizationId = /^o-[a-z0-9]{4,32}$/;
const rootId = /^r-[a-z0-9]{4,32}$/;
const unitId = /^ou-[a-z0-9]{1,32}(-[a-z0-9]{1,32})*$/;
/** As in AWS: the root and five levels below it. */
const depthMax = 6;

export function parseOrganization(value: unknown): OrganizationSetting {
  const members = recordOf(value, '{id, managementAccount, units, accounts}', [
    'id',
    'managementAccount',
    'units',
    'accounts',
  ]);
  const { id, managementAccount, units: givenUnits, accounts: givenAccounts = {} } = members;
  const units = within('.units', () => parseUnits(givenUnits));
  return {
    id: within('.id', () => named(id, organizationId, 'an id such as o-example1234')),
    managementAccount:
      managementAccount === undefined ? undefined : within('.managementAccount', () => parseAccount(managementAccount)),
    rootId: Object.keys(units).find((unit) => rootId.test(unit)) ?? '',
    units,
    accounts: within('.accounts', () => parseAccounts(givenAccounts, units)),
  };
}

function parseUnits(value: unknown): Units {
  const given = recordOf(value, 'a map from ids, one of them the root (r-…)');
  if (Object.keys(given).filter((id) => rootId.test(id)).length !== 1) {
    return wanted('a map with one root, such as r-ab12', value);
  }
  const units = Object.fromEntries(
    Object.entries(given).map(([id, unit]) => [id, within(`.${id}`, () => parseUnit(id, unit, rootId.test(id)))]),
  );
  for (const id of Object.keys(units)) within(`.${id}.parent`, () => requireRoot(id, units));
  return units;
}

function parseUnit(id: string, value: unknown, isRoot: boolean): OrganizationUnit {
  if (!isRoot) named(id, unitId, 'an id such as ou-ab12-production');
  const members = isRoot ? ['serviceControl', 'resourceControl'] : ['parent', 'serviceControl', 'resourceControl'];
  const unit = recordOf(value ?? {}, `{${members.join(', ')}}`, members);
  const { parent } = unit;
  return {
    parent: isRoot ? undefined : within('.parent', () => text(parent, 'the id of the unit above it')),
    ...parseControls(unit),
  };
}

/** Every unit stands below the root, and not too deep: a circle never gets there. */
function requireRoot(id: string, units: Units): void {
  let at = units[id];
  for (let depth = 0; at?.parent !== undefined; depth += 1) {
    if (depth >= depthMax - 1) return wanted('a unit that is at most five levels below the root', at.parent);
    if (!Object.hasOwn(units, at.parent)) return wanted('one of the units', at.parent);
    at = units[at.parent];
  }
}

function parseAccounts(value: unknown, units: Units) {
  const given = Object.entries(recordOf(value, 'a map from account ids'));
  return Object.fromEntries(
    given.map(([id, member]) => within(`.${id}`, () => [parseAccount(id), parseMember(member, units)] as const)),
  );
}

function parseMember(value: unknown, units: Units): OrganizationAccount {
  const members = ['unit', 'serviceControl', 'resourceControl'];
  const account = recordOf(value, `{${members.join(', ')}}`, members);
  const { unit } = account;
  const isUnit = typeof unit === 'string' && Object.hasOwn(units, unit);
  return { unit: isUnit ? unit : within('.unit', () => wanted('one of the units', unit)), ...parseControls(account) };
}

const parseFiles = parseListOf((file) => text(file, 'a file')) as (value: unknown) => readonly string[];

function parseControls({ serviceControl, resourceControl }: Readonly<Record<string, unknown>>): Controls {
  const files = (name: string, value: unknown) =>
    value === undefined ? undefined : within(`.${name}`, () => parseFiles(value));
  return {
    serviceControl: files('serviceControl', serviceControl),
    resourceControl: files('resourceControl', resourceControl),
  };
}

function named(value: unknown, form: RegExp, what: string): string {
  return typeof value === 'string' && form.test(value) ? value : wanted(what, value);
}

/** The same with absolute files: relative ones are those of whoever starts Sallyport. */
export function filesIn(folder: string, setting: OrganizationSetting | undefined): OrganizationSetting | undefined {
  if (setting === undefined) return undefined;
  const absolute = <Holder extends Controls>(holder: Holder): Holder => ({
    ...holder,
    serviceControl: holder.serviceControl?.map((file) => resolve(folder, file)),
    resourceControl: holder.resourceControl?.map((file) => resolve(folder, file)),
  });
  return {
    ...setting,
    units: Object.fromEntries(Object.entries(setting.units).map(([id, unit]) => [id, absolute(unit)])),
    accounts: Object.fromEntries(Object.entries(setting.accounts).map(([id, account]) => [id, absolute(account)])),
  };
}
