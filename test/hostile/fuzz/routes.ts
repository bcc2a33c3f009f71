// Fuzzes the router: every route can be spelt in one way only, and no path gets anywhere by dots or escapes.

import fc from 'fast-check';
import { DomainError } from '../../../src/core/errors.ts';
import { isRepositoryName } from '../../../src/core/names.ts';
import { type OciRoute, routeOci } from '../../../src/wire/oci/route.ts';
import { type Fuzz, fuzzer } from './fuzz.ts';

const methods = fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE', 'OPTIONS', 'constructor', '__proto__');
const component = fc.constantFrom(
  ...[
    'a',
    'app',
    'manifests',
    'blobs',
    'uploads',
    'tags',
    'list',
    'referrers',
    'v2',
    'layers',
    'a.b',
    'a__b',
    'a--b',
    '0',
  ],
);
const names = fc.array(component, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('/'));
const references = fc.constantFrom('latest', 'uploads', 'list', 'manifests', `sha256:${'a'.repeat(64)}`, 'A_b.c-d');
const pieces = fc.constantFrom(
  ...['/', '//', '.', '..', '%2f', '%2F', '%2e', '%00', '%', '%zz', '%ff', '%c0%af', 'v2', '/v2/', 'team', 'APP', 'a'],
  ...[
    'manifests',
    'blobs',
    'uploads',
    'tags',
    'list',
    'referrers',
    '_catalog',
    'layers',
    ':',
    '@',
    '\\',
    ' ',
    'é',
    '%25',
  ],
);
const kinds = ['not-found', 'method-not-allowed', 'malformed-request'];

function routed(method: string, path: string): OciRoute | undefined {
  try {
    return routeOci(method, path);
  } catch (error) {
    if (error instanceof DomainError && kinds.includes(error.kind)) return undefined;
    throw error;
  }
}

const spellings: ReadonlyArray<
  readonly [method: string, operation: string, path: (name: string, reference: string) => string]
> = [
  ['GET', 'GetManifest', (name, reference) => `/v2/${name}/manifests/${reference}`],
  ['PUT', 'PutManifest', (name, reference) => `/v2/${name}/manifests/${reference}`],
  ['GET', 'ListReferrers', (name, reference) => `/v2/${name}/referrers/${reference}`],
  ['PATCH', 'AppendUpload', (name, reference) => `/v2/${name}/blobs/uploads/${reference}`],
];

export const routeFuzzers: readonly Fuzz[] = [
  fuzzer('routes: a spelt route is found again, also when the name holds the words of other routes', 500, () =>
    fc.property(names, references, fc.constantFrom(...spellings), (name, reference, [method, operation, spell]) => {
      fc.pre(isRepositoryName(name));
      const route = routed(method, spell(name, reference));
      return route?.operation === operation && route.repositoryName === name && route.reference === reference;
    }),
  ),
  fuzzer(
    'routes: whatever the path, the answer is a route or a refusal, and a good name has no dots to climb by',
    1000,
    () =>
      fc.property(methods, fc.array(pieces, { maxLength: 14 }), fc.boolean(), (method, parts, prefixed) => {
        const route = routed(method, `${prefixed ? '/v2/' : ''}${parts.join('')}`);
        if (route === undefined || !isRepositoryName(route.repositoryName)) return true;
        return !/\.\.|\/\/|[^a-z0-9._/-]/.test(route.repositoryName) && !route.reference.includes('/');
      }),
  ),
];
