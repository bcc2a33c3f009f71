// How the key of another KMS that keeps the root key is read: which key, where it is asked for, and as whom.

import { parseRegionName, parseUrl } from './name-parsers.ts';
import { recordOf, text } from './parsers.ts';
import { wanted, within } from './refusals.ts';

export interface AwsKmsSetting {
  /** Id, ARN, alias, or ARN of an alias. */
  readonly key: string;
  readonly region: string;
  /** TLS, but for this very machine: the root key comes over it in clear. */
  readonly endpoint: string;
  /** In the AWS CLI's files; undefined: what the environment says, then `default`. */
  readonly profile: string | undefined;
  /** In the form of the AWS CLI's; undefined: where the environment says, or in the home folder. */
  readonly credentialsFile: string | undefined;
  /** A file of PEM certificates; undefined: the public authorities, or what the environment or the profile names. */
  readonly caBundle: string | undefined;
  readonly encryptionContext: Readonly<Record<string, string>>;
}

const members = ['key', 'region', 'endpoint', 'profile', 'credentialsFile', 'caBundle', 'encryptionContext'];
const form = /^(?:arn:[a-z-]{3,16}:kms:([a-z0-9-]+):\d{12}:(?:key\/[\w-]+|alias\/[\w/-]+)|[\w-]+|alias\/[\w/-]+)$/;
const pairsMax = 8;
const pairCharsMax = 128;

/** Members that are paths are relative to whoever starts Sallyport. */
export function parseAwsKms(value: unknown): AwsKmsSetting {
  const given = recordOf(value, '{key, region}', members);
  const optional = (name: string, what: string) =>
    given[name] === undefined ? undefined : within(`.${name}`, () => text(given[name], what));
  const key = within('.key', () => parseKey(given['key']));
  const region = within('.region', () => parseKeyRegion(given['region'], key));
  return {
    key,
    region,
    endpoint: within('.endpoint', () => parseEndpoint(given['endpoint'] ?? publicEndpoint(region))),
    profile: optional('profile', 'the name of a profile'),
    credentialsFile: optional('credentialsFile', 'a file'),
    caBundle: optional('caBundle', 'a file'),
    encryptionContext: within('.encryptionContext', () => parseContext(given['encryptionContext'] ?? {})),
  };
}

function parseKey(value: unknown): string {
  const key = text(value, 'a key');
  return key.length <= 256 && form.test(key) ? key : wanted('the id, ARN or alias of a key', value);
}

/** Where the ARN says so, unless a multi-Region key is to be asked for elsewhere. */
function parseKeyRegion(value: unknown, key: string): string {
  const own = form.exec(key)?.[1];
  const region = parseRegionName(value ?? own);
  const fits = own === undefined || own === region || key.includes(':key/mrk-');
  return fits ? region : wanted(`${own}, where the key is`, value);
}

function publicEndpoint(region: string): string {
  return `https://kms.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}`;
}

function parseEndpoint(value: unknown): string {
  const origin = parseUrl(value);
  const { protocol, hostname } = new URL(origin);
  const isHere = hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
  return protocol === 'https:' || isHere ? origin : wanted('https:// but for this very machine', value);
}

/** Plain ASCII: it stands in the root key's file, in policies, and in both audit logs. */
function parseContext(value: unknown): Readonly<Record<string, string>> {
  const pairs = Object.entries(recordOf(value, 'a map from names to texts'));
  if (pairs.length > pairsMax) return wanted(`at most ${pairsMax} pairs`, value);
  const isPlain = (given: unknown): given is string =>
    typeof given === 'string' && given.length <= pairCharsMax && /^[!-~]([ -~]*[!-~])?$/.test(given);
  const read = pairs.map(([name, member]): [string, string] => {
    if (!isPlain(name) || /^(aws|sallyport):/i.test(name)) {
      return wanted('a map from names in ASCII, without aws: and sallyport:', value);
    }
    return [name, isPlain(member) ? member : within(`.${name}`, () => wanted('a text in ASCII', member))];
  });
  return Object.fromEntries(read);
}
