import { describe, expect, it } from '@jest/globals';
import { hideValues, summarize } from './traced-client.ts';

describe('the name of a statement', () => {
  it.each([
    ['select "u0".* from "users" as "u0" where id = $1', 'SELECT users'],
    ['insert into "orders"."outbox" (id) values ($1)', 'INSERT outbox'],
    [
      'with asked as (select * from input), placed as (insert into orders (id) select 1) select * from placed',
      'INSERT orders',
    ],
    ['select * from outbox order by position for update skip locked', 'SELECT outbox'],
    ['update stock set available = available - 1', 'UPDATE stock'],
    ['delete from inbox where handled_at < now()', 'DELETE inbox'],
    ['begin', 'BEGIN'],
  ])('of %s is %s', (text, name) => {
    const { operation, table } = summarize(text);

    expect(table ? `${operation} ${table}` : operation).toBe(name);
  });
});

describe('the text of a statement', () => {
  it('has no value in it', () => {
    const text = "select * from users where email = 'ada''s@example.com' and id = 42 and name = $1";

    expect(hideValues(text)).toBe('select * from users where email = ? and id = ? and name = $1');
  });
});
