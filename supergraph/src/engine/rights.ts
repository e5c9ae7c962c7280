import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { Policies, Requirement } from '../composition/supergraph.ts';

/** Who satisfies a policy of `@policy`, by the policy's name. Each must be quick and the same for equal callers. */
export type PolicyEnforcers = Readonly<Record<string, (caller: Caller) => boolean>>;

/** What of a caller counts for the policies of one graph. Callers of equal `key` see the same. */
export interface Rights {
  readonly key: string;
  /** True when all that is demanded is there. */
  satisfies(requirement: Requirement): boolean;
}

/**
 * Reads callers' rights for one graph: only the scopes and policies that the graph mentions count.
 * @throws CodedError POLICY_WITHOUT_ENFORCER when the graph mentions a policy that nobody enforces
 */
export function readRights(policies: Policies, enforcers: PolicyEnforcers): (caller: Caller) => Rights {
  const requirements = [...policies.types.values(), ...policies.fields.values()];
  const scopeNames = [...new Set(requirements.flatMap(({ scopes }) => scopes.flat()))].sort();
  const policyNames = [...new Set(requirements.flatMap((requirement) => requirement.policies.flat()))].sort();
  const missing = policyNames.filter((name) => !Object.hasOwn(enforcers, name));
  if (missing.length > 0) {
    const text = `the graph has policies that nothing enforces: ${missing.join(', ')} (see supergraph/src/policies.ts)`;
    throw new CodedError('POLICY_WITHOUT_ENFORCER', text);
  }
  return (caller) => {
    const isKnown = caller.kind === 'user';
    const scopes = new Set(scopeNames.filter((scope) => isKnown && caller.scopes.has(scope)));
    const granted = new Set(policyNames.filter((policy) => enforcers[policy]?.(caller) === true));
    return {
      key: JSON.stringify([isKnown, [...scopes], [...granted]]),
      satisfies: (requirement) =>
        (isKnown || !requirement.authenticated) &&
        hasOne(requirement.scopes, scopes) &&
        hasOne(requirement.policies, granted),
    };
  };
}

/** An OR of ANDs; no alternatives at all demand nothing. */
function hasOne(alternatives: readonly (readonly string[])[], held: ReadonlySet<string>): boolean {
  return alternatives.length === 0 || alternatives.some((all) => all.every((name) => held.has(name)));
}
