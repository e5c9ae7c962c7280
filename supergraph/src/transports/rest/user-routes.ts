import { z } from 'zod';
import { problemOfOutcome } from './problems.ts';
import type { UserErrorOutcome } from './problems.ts';
import { answerList, defineRoute } from './route.ts';
import type { Connection, Route } from './route.ts';
import type { userSchema } from './schemas.ts';

interface User {
  readonly id: string;
  readonly name: string;
  readonly createdAt: string;
  readonly email?: string | null;
  readonly role?: 'CUSTOMER' | 'ADMIN' | null;
}

type UserOutcome =
  | { readonly __typename: 'CreateUserSuccess' | 'UpdateUserSuccess'; readonly user: User }
  | UserErrorOutcome;

const newUser = z.object({
  name: z.string(),
  email: z.string(),
  password: z.string().optional().meta({ description: 'At least 10 characters; needed to sign in.' }),
});
const userChange = newUser.partial();

/** Users by their old addresses. */
export const userRoutes: readonly Route[] = [
  defineRoute<undefined, { users: Connection<User> | null }>({
    method: 'GET',
    path: '/users',
    operation: 'list-users',
    tag: 'Users',
    summary: 'List the users',
    access: 'admin',
    isList: true,
    success: { status: 200, schema: 'UserList' },
    problems: [],
    variables: ({ page }) => ({ ...page }),
    answer: ({ users }) => (users && answerList(users, toUserJson)) || undefined,
  }),
  defineRoute<z.infer<typeof newUser>, { createUser: UserOutcome }>({
    method: 'POST',
    path: '/users',
    operation: 'create-user',
    tag: 'Users',
    summary: 'Open an account',
    access: 'anybody',
    body: newUser,
    success: { status: 201, schema: 'User' },
    problems: [409],
    variables: ({ body }) => ({ input: body }),
    answer({ createUser }, { body }) {
      if (!('user' in createUser)) return problemOfOutcome(createUser);
      const { id } = createUser.user;
      return {
        status: 201,
        body: { ...toUserJson(createUser.user), email: body.email },
        headers: { location: `/api/v1/users/${id}` },
      };
    },
  }),
  defineRoute<undefined, { user: User | null }>({
    method: 'GET',
    path: '/users/:id',
    operation: 'get-user',
    tag: 'Users',
    summary: 'Read a user',
    access: 'anybody',
    success: { status: 200, schema: 'User' },
    problems: [404],
    variables: ({ params }) => ({ id: params['id'] }),
    answer: ({ user }) => (user ? { status: 200, body: toUserJson(user) } : undefined),
  }),
  defineRoute<z.infer<typeof userChange>, { updateUser: UserOutcome }>({
    method: 'PUT',
    path: '/users/:id',
    operation: 'update-user',
    tag: 'Users',
    summary: 'Change what is given of a user',
    access: 'signed in',
    body: userChange,
    success: { status: 200, schema: 'User' },
    problems: [404, 409],
    variables: ({ params, body }) => ({ input: { ...body, id: params['id'] } }),
    answer: ({ updateUser }) =>
      'user' in updateUser ? { status: 200, body: toUserJson(updateUser.user) } : problemOfOutcome(updateUser),
  }),
  defineRoute<undefined, { deleteUser: { __typename: 'DeleteUserSuccess' } | UserErrorOutcome }>({
    method: 'DELETE',
    path: '/users/:id',
    operation: 'delete-user',
    tag: 'Users',
    summary: 'Close an account; its orders stay',
    access: 'signed in',
    success: { status: 204 },
    problems: [404],
    variables: ({ params }) => ({ id: params['id'] }),
    answer: ({ deleteUser }) => ('message' in deleteUser ? problemOfOutcome(deleteUser) : { status: 204 }),
  }),
];

/** What the caller may not see is left out. */
function toUserJson({ id, name, email, role, createdAt }: User): z.infer<typeof userSchema> {
  return { id: Number(id), name, ...(email ? { email } : {}), ...(role ? { role } : {}), createdAt };
}
