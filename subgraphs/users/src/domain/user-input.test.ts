import { describe, expect, it } from '@jest/globals';
import { comparableEmail, readClientName, readEmail, readName, readPassword } from './user-input.ts';

describe('a name', () => {
  it('is trimmed', () => {
    expect(readName('  Ada Lovelace ')).toEqual({ value: 'Ada Lovelace' });
  });

  it('may have 100 characters', () => {
    expect(readName('a'.repeat(100))).toEqual({ value: 'a'.repeat(100) });
  });

  it.each([' ', 'a'.repeat(101), 'Ada\nLovelace', 'Ada\u0000'])('is not %j', (text) => {
    expect(readName(text)).toMatchObject({ fault: { field: 'name' } });
  });
});

describe('an e-mail address', () => {
  it('is trimmed and keeps its case', () => {
    expect(readEmail(' Ada@Example.org ')).toEqual({ value: 'Ada@Example.org' });
  });

  it('is compared without case', () => {
    expect(comparableEmail(' Ada@Example.org ')).toBe(comparableEmail('ada@example.org'));
  });

  it.each(['', 'ada', 'ada@', '@example.org', 'ada@example', 'a b@example.org', `${'a'.repeat(250)}@example.org`])(
    'is not %j',
    (text) => {
      expect(readEmail(text)).toMatchObject({ fault: { field: 'email' } });
    },
  );
});

describe('a password', () => {
  it('is taken as it is', () => {
    expect(readPassword('  ten chars ')).toEqual({ value: '  ten chars ' });
  });

  it.each([9, 201])('does not have %i characters', (length) => {
    expect(readPassword('x'.repeat(length))).toMatchObject({ fault: { field: 'password' } });
  });
});

describe('the name of a client', () => {
  it('is kept on one line, as long as a name', () => {
    expect(readClientName(' My\r\nphone ')).toBe('My phone');
    expect(readClientName('x'.repeat(5_000))).toBe('x'.repeat(100));
  });

  it.each([undefined, null, '', ' \n'])('is nothing for %j', (text) => {
    expect(readClientName(text)).toBeNull();
  });
});
