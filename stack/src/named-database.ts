import { examineDatabase } from '@storefront/platform/postgres/examine.ts';
import { StackFault } from './fault.ts';

/**
 * Makes sure that a database which the environment names can be given our schemas and roles without taking anything from
 * whoever uses it already. Changes nothing.
 * @throws StackFault with what is missing or taken, and how to go on
 */
export async function refuseUnlessOurs(url: string, passwords: Readonly<Record<string, string>>): Promise<void> {
  const found = await examineDatabase(url, passwords);
  const lacks = [
    ...(found.mayCreateRoles ? [] : ['roles']),
    ...(found.mayCreateSchemas ? [] : [`schemas in the database ${found.database}`]),
  ];
  if (lacks.length > 0)
    throw new StackFault(
      `DATABASE_URL names the role ${found.admin}, which may not create ${lacks.join(', nor ')}. As a superuser: ${grantsFor(found)} Or name another role, or unset DATABASE_URL to get a private server.`,
    );
  if (found.foreignRoles.length > 0)
    throw new StackFault(
      `DATABASE_URL names a server where ${found.foreignRoles.join(', ')} ${found.foreignRoles.length > 1 ? 'are roles' : 'is a role'} with another password: another stack uses it, or one did whose state folder is gone. Two stacks need two servers. Use that stack's --state, name another server, or drop those roles when nobody needs them.`,
    );
  if (found.foreignSchemas.length > 0)
    throw new StackFault(
      `DATABASE_URL names the database ${found.database}, where the schema ${found.foreignSchemas.join(', ')} belongs to somebody else. Name a database of its own.`,
    );
}

function grantsFor({
  admin,
  database,
  mayCreateRoles,
  mayCreateSchemas,
}: Awaited<ReturnType<typeof examineDatabase>>): string {
  const statements = [
    ...(mayCreateRoles ? [] : [`ALTER ROLE "${admin}" CREATEROLE;`]),
    ...(mayCreateSchemas ? [] : [`GRANT CREATE ON DATABASE "${database}" TO "${admin}";`]),
  ];
  return statements.join(' ');
}
