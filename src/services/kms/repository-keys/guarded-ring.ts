// The key ring of all domains: those of registries' own keys, those of customers' keys, and those that need both.

import type { KeyRing } from '#core/ports/key-ring.ts';
import type { Random } from '#core/random.ts';
import { openDomainSealing } from '../domain-sealing.ts';
import { guardOf } from './domain-kind.ts';
import type { OpenedDomains } from './opened-domains.ts';

/**
 * `own` is under the root key, and holds the second key of every KMS_DSSE domain too: with it values are sealed once
 * more here, and blobs by the store below.
 */
export function openGuardedRing(own: KeyRing, opened: OpenedDomains, random: Random): KeyRing {
  const customer = openDomainSealing((domain, work) => work(opened.keyOf(domain)), random);
  return {
    domainOf: (registry) => own.domainOf(registry),
    generateDataKey: (domain, context) =>
      (guardOf(domain) === undefined ? own : customer).generateDataKey(domain, context),
    unwrapDataKey: (domain, context, wrapped) =>
      (guardOf(domain) === undefined ? own : customer).unwrapDataKey(domain, context, wrapped),
    seal(domain, context, plaintext) {
      const guard = guardOf(domain);
      if (guard === undefined) return own.seal(domain, context, plaintext);
      if (guard === 'KMS') return customer.seal(domain, context, plaintext);
      return Promise.resolve(customer.seal(domain, context, plaintext)).then((once) => own.seal(domain, context, once));
    },
    open(domain, context, sealed) {
      const guard = guardOf(domain);
      if (guard === undefined) return own.open(domain, context, sealed);
      if (guard === 'KMS') return customer.open(domain, context, sealed);
      return Promise.resolve(own.open(domain, context, sealed)).then((once) => customer.open(domain, context, once));
    },
  };
}
