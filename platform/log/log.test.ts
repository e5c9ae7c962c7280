import { describe, expect, it } from '@jest/globals';
import { Writable } from 'node:stream';
import { CodedError } from '../errors/coded-error.ts';
import { createLog } from './log.ts';

function aLog(level = 'info') {
  const lines: string[] = [];
  const destination = new Writable({ write: (line, _encoding, done) => done(void lines.push(String(line))) });
  return {
    log: createLog({ service: 'users', level, destination }),
    lines,
    last: () => JSON.parse(lines.at(-1) ?? '{}'),
  };
}

const secret = 'hunter2-hunter2';
const jwt = `eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.${secret}`;

describe('a log', () => {
  it('writes one line of JSON with level, time, service and text', () => {
    const { log, lines, last } = aLog();

    log.info({ orderId: '7' }, 'placed');

    expect(lines).toHaveLength(1);
    expect(last()).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      service: 'users',
      orderId: '7',
      msg: 'placed',
    });
  });

  it.each<[string, object, string]>([
    ['headers', { headers: { authorization: `Bearer ${secret}`, Cookie: `session=${secret}` } }, 'x'],
    [
      'fields of any depth',
      { input: { account: [{ password: secret, refresh_token: secret, email: `${secret}@example.com` }] } },
      'x',
    ],
    ['tokens', { token: secret, accessToken: secret, refreshToken: { value: secret } }, 'x'],
    [
      'credentials in URLs',
      { url: `postgres://users:${secret}@db:5432/x`, also: new URL(`amqp://u:${secret}@mq/`) },
      'x',
    ],
    ['the text', {}, `cannot reach redis://:${secret}@cache:6379 with Bearer ${secret} or ${jwt}`],
    [
      'errors and their causes',
      { err: new Error(`no ${jwt}`, { cause: new Error(`amqp://u:${secret}@mq failed`) }) },
      'x',
    ],
    ['e-mail addresses in texts', { err: new Error(`Key (email)=(${secret}@example.com) already exists`) }, 'x'],
  ])('keeps secrets out of %s', (_, facts, text) => {
    const { log, lines } = aLog();

    log.warn(facts, text);
    log.child(facts).warn(text);

    expect(lines).toHaveLength(2);
    expect(lines.join('')).not.toContain(secret);
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(['warn', 'warn']);
  });

  it('keeps what is beside a secret', () => {
    const { log, last } = aLog();

    log.info({ user: { id: '1', password: secret }, url: `redis://:${secret}@cache:6379/0` }, 'x');

    expect(last()).toMatchObject({ user: { id: '1', password: '[redacted]' }, url: 'redis://[redacted]@cache:6379/0' });
  });

  it('tells the causes of a fault, and the stack only of one that nobody foresaw', () => {
    const { log, last } = aLog();
    const cause = new Error('connect ECONNREFUSED');

    log.error({ err: new CodedError('SERVICE_UNAVAILABLE', 'no prices', { cause }) }, 'x');
    const foreseen = last().err;
    log.error({ err: new TypeError('x is undefined') }, 'x');

    expect(foreseen).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      message: 'no prices',
      cause: { message: 'connect ECONNREFUSED' },
    });
    expect(foreseen.stack).toBeUndefined();
    expect(last().err.stack).toContain('log.test');
  });

  it('survives what JSON cannot hold', () => {
    const { log, last } = aLog();
    const circular: Record<string, unknown> = { size: 5n, list: new Set([1]), bytes: Buffer.from('abc') };
    circular.self = circular;

    log.info(circular, 'x');

    expect(last()).toMatchObject({ size: '5', list: [1], bytes: '[3 bytes]' });
  });

  it('says nothing below its level', () => {
    const { log, lines } = aLog('error');

    log.info('x');

    expect(lines).toEqual([]);
  });
});
