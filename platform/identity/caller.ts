/** Who asks: nobody known, or a user with the scopes of the role. */
export type Caller = (
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'user';
      readonly userId: string;
      readonly scopes: ReadonlySet<string>;
      /** The sign-in that the caller's token belongs to, when the token says so. */
      readonly sessionId?: string;
    }
) & {
  /** The header as the caller sent it, only where other services judge by it on their own: callers that differ in it are different. */
  readonly authorization?: string;
};

/** Nobody known. */
export const anonymous: Caller = Object.freeze({ kind: 'anonymous' });

/** True when the caller holds the scope, for example `orders:read`. */
export function hasScope(caller: Caller, scope: string): boolean {
  return caller.kind === 'user' && caller.scopes.has(scope);
}

/** True when the caller is the user with this id. */
export function isUser(caller: Caller, userId: string): boolean {
  return caller.kind === 'user' && caller.userId === userId;
}

/** The caller that a token's `sub` and `scope` (names separated by spaces) describe. Source: RFC 8693 section 4.2 */
export function readCaller(subject: string | undefined, scope: string, sessionId?: string): Caller {
  if (subject === undefined) return anonymous;
  const session = sessionId === undefined ? {} : { sessionId };
  return Object.freeze({
    kind: 'user',
    userId: subject,
    scopes: new Set(scope.split(' ').filter(Boolean)),
    ...session,
  });
}

/** All that a service may hear of a caller, as one text: equal texts, equal answers. */
export function callerKey(caller: Caller): string {
  const who = caller.kind === 'user' ? [caller.userId, writeScopes(caller), caller.sessionId ?? null] : [];
  return JSON.stringify([caller.authorization ?? null, ...who]);
}

/** A caller's scopes as a token's `scope` carries them: sorted, separated by spaces. */
export function writeScopes(caller: Caller): string {
  return caller.kind === 'user' ? [...caller.scopes].sort().join(' ') : '';
}
