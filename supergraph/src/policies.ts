import type { PolicyEnforcers } from './engine/rights.ts';

/**
 * What decides the policies that `@policy` names in the SDLs of this house: none has one yet. A graph that names another policy is
 * refused, and the last good one stays. For example: `night_shift: (caller) => hasScope(caller, 'orders:write')`.
 */
export const policies: PolicyEnforcers = {};
