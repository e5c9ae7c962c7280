import { z } from 'zod';
import { problemOfOutcome } from './problems.ts';
import type { UserErrorOutcome } from './problems.ts';
import { defineRoute } from './route.ts';
import type { Route, RouteAnswer } from './route.ts';

type SessionOutcome =
  | { readonly __typename: 'SignInSuccess' | 'RefreshSessionSuccess'; readonly session: Session }
  | UserErrorOutcome;

interface Session {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  readonly user: { readonly id: string; readonly name: string };
}

const credentials = z.object({ email: z.string(), password: z.string(), clientName: z.string().optional() });
const refreshToken = z.object({ refreshToken: z.string() });

/** Getting tokens and giving them back. */
export const sessionRoutes: readonly Route[] = [
  defineRoute<z.infer<typeof credentials>, { signIn: SessionOutcome }>({
    method: 'POST',
    path: '/sign-in',
    operation: 'sign-in',
    tag: 'Accounts',
    summary: 'Sign in: an access token for the other routes, and a refresh token',
    access: 'anybody',
    body: credentials,
    success: { status: 200, schema: 'Session' },
    problems: [401],
    variables: ({ body }) => ({ input: body }),
    answer: ({ signIn }) => answerSession(signIn),
  }),
  defineRoute<z.infer<typeof refreshToken>, { refreshSession: SessionOutcome }>({
    method: 'POST',
    path: '/refresh',
    operation: 'refresh-session',
    tag: 'Accounts',
    summary: 'Change a refresh token for a new pair of tokens',
    access: 'anybody',
    body: refreshToken,
    success: { status: 200, schema: 'Session' },
    problems: [401],
    variables: ({ body }) => body,
    answer: (data) => answerSession(data.refreshSession),
  }),
  defineRoute<z.infer<typeof refreshToken>, { signOut: { signedOut: boolean } }>({
    method: 'POST',
    path: '/sign-out',
    operation: 'sign-out',
    tag: 'Accounts',
    summary: 'End the session that a refresh token belongs to',
    access: 'anybody',
    body: refreshToken,
    success: { status: 200, schema: 'SignedOut' },
    problems: [],
    variables: ({ body }) => body,
    answer: ({ signOut }) => ({ status: 200, body: { signedOut: signOut.signedOut } }),
  }),
];

function answerSession(outcome: SessionOutcome): RouteAnswer {
  if (!('session' in outcome)) return problemOfOutcome(outcome);
  const { accessToken, refreshToken: nextToken, expiresInSeconds, user } = outcome.session;
  const body = {
    accessToken,
    refreshToken: nextToken,
    expiresInSeconds,
    user: { id: Number(user.id), name: user.name },
  };
  return { status: 200, body, headers: { 'cache-control': 'no-store' } };
}
