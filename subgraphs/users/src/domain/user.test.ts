import { describe, expect, it } from '@jest/globals';
import { changeAccount, closeAccount, openAccount, scopesOf } from './user.ts';

const opened = new Date('2026-01-01T00:00:00Z');
const later = new Date('2026-02-01T00:00:00Z');
const ada = { id: '1', ...openAccount({ name: 'Ada', email: 'ada@example.org', passwordHash: 'old' }, opened) };

describe('an account', () => {
  it('begins as a customer without points', () => {
    expect(ada).toMatchObject({ role: 'CUSTOMER', loyaltyPoints: 0, sessionEpoch: 0, createdAt: opened });
  });

  it('keeps its sessions when only the name changes', () => {
    const changed = changeAccount(ada, { name: 'Ada King' }, later);

    expect(changed).toEqual({ ...ada, name: 'Ada King', updatedAt: later });
  });

  it('begins a new epoch of sessions with a new password', () => {
    const changed = changeAccount(ada, { passwordHash: 'new' }, later);

    expect(changed).toMatchObject({ passwordHash: 'new', sessionEpoch: 1 });
  });

  it('leaves an event without personal data when it is closed', () => {
    const events = closeAccount('7', { eventId: '0196f0c0-0000-7000-8000-000000000000', at: later });

    expect(events).toMatchObject([
      { type: 'user.deleted', subject: '7', audience: ['7'], time: later.toISOString(), data: { userId: '7' } },
    ]);
  });
});

describe('a role', () => {
  it('gives a customer no scope', () => {
    expect(scopesOf('CUSTOMER')).toEqual([]);
  });

  it('gives an admin the scopes over all data', () => {
    const scopes = [
      'users:read',
      'users:write',
      'products:write',
      'stock:read',
      'orders:read',
      'orders:write',
      'graph:explain',
    ];
    expect(scopesOf('ADMIN')).toEqual(scopes);
  });
});
