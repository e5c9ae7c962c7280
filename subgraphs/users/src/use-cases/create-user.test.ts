import { describe, expect, it } from '@jest/globals';
import { aUser, readablePasswords, stoppedClock } from '../testing/builders.ts';
import { createUser } from './create-user.ts';
import type { Users } from './ports.ts';

function depsWith(insert: Users['insert']) {
  return { users: { insert }, passwords: readablePasswords, clock: stoppedClock };
}

describe('createUser', () => {
  it('stores a customer with a hashed password', async () => {
    const deps = depsWith(async (user) => ({ ...user, id: '7' }));

    const result = await createUser(deps, { name: ' Ada ', email: ' Ada@example.org', password: 'correct horse' });

    const user = {
      id: '7',
      name: 'Ada',
      email: 'Ada@example.org',
      role: 'CUSTOMER',
      passwordHash: 'hash of: correct horse',
    };
    expect(result).toMatchObject({ outcome: 'created', user });
  });

  it('stores an account without a password', async () => {
    const deps = depsWith(async (user) => ({ ...user, id: '7' }));

    const result = await createUser(deps, { name: 'Ada', email: 'ada@example.org' });

    expect(result).toMatchObject({ outcome: 'created', user: { passwordHash: null } });
  });

  it.each([
    ['name', { name: '' }],
    ['email', { email: 'nowhere' }],
    ['password', { password: 'short' }],
  ])('refuses a wrong %s and stores nothing', async (field, wrong) => {
    const deps = depsWith(async () => {
      throw new Error('must not be reached');
    });

    const result = await createUser(deps, { name: aUser().name, email: aUser().email, ...wrong });

    expect(result).toMatchObject({ outcome: 'invalid', fault: { field } });
  });

  it('says that the address is taken', async () => {
    const result = await createUser(
      depsWith(async () => 'email-taken'),
      { name: 'Ada', email: 'ada@example.org' },
    );

    expect(result).toEqual({ outcome: 'email-taken' });
  });
});
