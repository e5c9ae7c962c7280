import { describe, expect, it } from '@jest/globals';
import type { Identity } from './authenticate.ts';
import { createSeats } from './seats.ts';

const ada: Identity = { caller: { kind: 'user', userId: '1', scopes: new Set() } };
const grace: Identity = { caller: { kind: 'user', userId: '2', scopes: new Set() } };
const nobody: Identity = { caller: { kind: 'anonymous' } };
const open = () => createSeats({ socketsPerUser: 2, streamsPerUser: 1, perAddress: 1 });

describe('seats', () => {
  it('are so many for each user and kind, wherever they come from', () => {
    const seats = open();

    const taken = ['1.1.1.1', '2.2.2.2', '3.3.3.3'].map((address) => seats.take('socket', ada, address));

    expect(taken).toEqual([expect.any(Function), expect.any(Function), null]);
    expect(seats.take('stream', ada, '1.1.1.1')).not.toBeNull();
    expect(seats.take('socket', grace, '1.1.1.1')).not.toBeNull();
  });

  it('are given back once', () => {
    const seats = open();
    const leave = seats.take('stream', ada, '1.1.1.1');

    leave?.();
    leave?.();

    expect(seats.take('stream', ada, '1.1.1.1')).not.toBeNull();
    expect(seats.take('stream', ada, '1.1.1.1')).toBeNull();
  });

  it('are counted by address for those who are not signed in, IPv6 by what one line holds', () => {
    const seats = open();
    seats.take('socket', nobody, '2001:db8::1');

    expect(seats.take('socket', nobody, '2001:db8::2')).toBeNull();
    expect(seats.take('socket', nobody, '2001:db8:0:1::1')).not.toBeNull();
  });
});
