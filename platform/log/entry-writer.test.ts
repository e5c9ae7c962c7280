import { describe, expect, it } from '@jest/globals';
import { createEntryWriter, type FlatFacts } from './entry-writer.ts';
import { createLog } from './log.ts';

function aLog(level = 'info') {
  const lines: string[] = [];
  const log = createLog({ service: 'users', level, destination: { write: (line) => void lines.push(line) } });
  return { log, lines };
}

const withoutTime = (line: string | undefined) =>
  line?.replace(/"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"/, '"time":""');

describe('an entry writer', () => {
  it.each<[string, FlatFacts]>([
    ['plain values', { id: '7-a', ms: 1.5, none: null, is: true, not: Number.NaN, codes: [] }],
    ['texts with quotes, breaks and other scripts', { text: 'a "b"\n\u2028 \\ ñ 好', codes: ['A', 'B "c"'] }],
    ['secrets by name', { password: 'hunter2', email: 'ada@example.com', accessToken: null, 'x-api-key': '1' }],
    [
      'secrets in texts',
      {
        url: 'amqp://u:hunter2@mq',
        text: 'Bearer hunter2',
        id: 'eyJhbGciOiJF.eyJzdWIiOiIxIn0.hunter2',
        list: ['a@b.example'],
      },
    ],
    ['undefined values', { id: undefined, other: 'x' }],
  ])('writes %s as the log does', (_, facts) => {
    const { log, lines } = aLog();

    log.info(facts, 'a "text"');
    createEntryWriter(log, 'a "text"')(facts);

    expect(lines).toHaveLength(2);
    expect(withoutTime(lines[1])).toBe(withoutTime(lines[0]));
    expect(withoutTime(lines[1])).toContain('"time":""');
  });

  it('writes the moment of the entry', () => {
    const { log, lines } = aLog();
    const write = createEntryWriter(log, 'x');

    const before = Date.now();
    write({});
    const after = Date.now();

    const at = Date.parse(String(JSON.parse(lines[0] ?? '{}').time));
    expect(at).toBeGreaterThanOrEqual(before);
    expect(at).toBeLessThanOrEqual(after);
  });

  it('writes nothing while the level is higher', () => {
    const { log, lines } = aLog('warn');

    createEntryWriter(log, 'x')({ id: '7' });

    expect(lines).toEqual([]);
  });
});
