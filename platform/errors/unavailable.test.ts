import { describe, expect, it } from '@jest/globals';
import { CodedError } from './coded-error.ts';
import { isUnavailable } from './unavailable.ts';

const withCode = (code: string, message = 'no') => Object.assign(new Error(message), { code });

describe('isUnavailable', () => {
  it.each([
    ['a refused connection', withCode('ECONNREFUSED')],
    ['a server that shuts down', withCode('57P01')],
    ['a broken session', withCode('08006')],
    ['an exhausted pool', new Error('timeout exceeded when trying to connect')],
    ['a lost connection', new Error('Connection terminated unexpectedly')],
    ['a coded fault of status 503', new CodedError('SERVICE_UNAVAILABLE', 'no')],
    ['any of these as a cause', new Error('no', { cause: withCode('ECONNRESET') })],
  ])('knows %s', (_, fault) => {
    expect(isUnavailable(fault)).toBe(true);
  });

  it.each([
    ['a taken value', withCode('23505')],
    ['a deadlock', withCode('40P01')],
    ['a coded fault of another status', new CodedError('NOT_FOUND', 'no')],
    ['a message that speaks of it', new Error('Not: Connection terminated')],
    ['what is no error', 'ECONNREFUSED'],
  ])('does not take %s for one', (_, fault) => {
    expect(isUnavailable(fault)).toBe(false);
  });
});
