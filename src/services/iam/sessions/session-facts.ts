// What a session adds to the facts of the user or role behind it: the policies that limit it, and its tags.

import type { Principal, Session } from '#core/caller.ts';
import type { MaybePromise } from '#core/operation.ts';
import type { PolicyDocument, PrincipalFacts } from '#core/ports/policy-source.ts';
import { GuardedCache } from '#stores/sql/guarded-cache.ts';
import type { IamStore } from '../iam-store.ts';
import { documentOf } from '../managed-policies/find.ts';

type PrincipalFactsOf = (principal: Principal) => MaybePromise<PrincipalFacts>;

/** Facts of one session, and of which state of IAM they are. */
interface Made {
  readonly state: object;
  readonly facts: PrincipalFacts;
}

/**
 * `ofOwner` answers for users and roles. The identical object is returned for the same principal object while nothing
 * of IAM changed.
 */
export function openSessionFacts(store: IamStore, ofOwner: PrincipalFactsOf): PrincipalFactsOf {
  // Its one entry stands for everything that IAM holds: another object, another state.
  const states = new GuardedCache<object>(store.database, { entriesMax: 1, follows: 'all but content' });
  store.onChange(() => states.clear());
  const made = new WeakMap<Principal, Made>();
  // The same objects for as long as the session lives: they are compiled once.
  const given = new WeakMap<Session, readonly PolicyDocument[]>();

  const make = async (principal: Principal, session: Session): Promise<PrincipalFacts> => {
    // Before anything is read: a change from here on makes another state.
    const state = await states.read('', async () => ({}));
    const owner = await ofOwner(ownerOf(principal, session));
    const documents = given.get(session) ?? givenIn(session);
    given.set(session, documents);
    const facts = factsOf(session, owner, await limitsOf(store, session, documents));
    made.set(principal, { state, facts });
    return facts;
  };

  return (principal) => {
    const { session } = principal;
    if (session === undefined) return ofOwner(principal);
    const last = made.get(principal);
    return last !== undefined && last.state === states.get('') ? last.facts : make(principal, session);
  };
}

/** Whose policies apply: a federated user has those of the user for whom it acts. */
function ownerOf(principal: Principal, { user }: Session): Principal {
  if (principal.kind !== 'federated-user' || user === undefined) return principal;
  const { accountId } = principal;
  return { kind: 'user', accountId, arn: user.arn, principalId: user.userId, userName: user.name };
}

function givenIn({ policies = [] }: Session): readonly PolicyDocument[] {
  return policies.map((text) => ({ name: 'session policy', text }));
}

type Limits = ReadonlyArray<readonly PolicyDocument[]>;

/** Session policies are one level: what any of them allows is allowed. */
async function limitsOf(
  store: IamStore,
  { policyArns = [] }: Session,
  given: readonly PolicyDocument[],
): Promise<Limits | undefined> {
  const policies = [...given];
  for (const policyArn of policyArns) {
    const document = await documentOf(store, policyArn);
    if (document !== undefined) policies.push(document);
  }
  return given.length === 0 && policyArns.length === 0 ? undefined : [policies];
}

function factsOf(session: Session, owner: PrincipalFacts, limits: Limits | undefined): PrincipalFacts {
  if (session.tags === undefined && limits === undefined) return owner;
  const tags = session.tags === undefined ? owner.tags : tagsOver(session.tags, owner.tags);
  return { ...owner, tags, ...(limits === undefined ? {} : { session: limits }) };
}

type Tags = Readonly<Record<string, string>>;

/** Keys compare without case: a session's tag replaces the owner's of another spelling. */
function tagsOver(own: Tags, below: Tags): Tags {
  const taken = new Set(Object.keys(own).map((key) => key.toLowerCase()));
  const left = Object.entries(below).filter(([key]) => !taken.has(key.toLowerCase()));
  return Object.fromEntries([...left, ...Object.entries(own)]);
}
