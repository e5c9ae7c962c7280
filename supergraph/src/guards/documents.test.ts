import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { buildSchema, getIntrospectionQuery } from 'graphql';
import { createDocuments } from './documents.ts';
import { defaultDocumentLimits } from './limits.ts';

const schema = buildSchema('type Query { greeting: String, more: Query }');
const open = createDocuments({ limits: defaultDocumentLimits, introspection: true, suggestions: true });
const closed = createDocuments({ limits: defaultDocumentLimits, introspection: false, suggestions: false });

describe('documents', () => {
  it('are parsed and validated once, and found again by their hash', () => {
    const read = open.read(schema, '{ greeting }');
    const hash = createHash('sha256').update('{ greeting }').digest('hex');

    expect(open.read(schema, '{ greeting }')).toBe(read);
    expect(read).toEqual({ document: open.find(schema, hash), hash });
  });

  it('are forgotten by text and hash when there are too many', () => {
    const small = createDocuments({
      limits: defaultDocumentLimits,
      introspection: true,
      suggestions: true,
      cacheSize: 1,
    });
    const first = small.read(schema, '{ greeting }');

    small.read(schema, '{ more { greeting } }');

    expect(small.find(schema, 'hash' in first ? first.hash : '')).toBeUndefined();
    expect(small.read(schema, '{ greeting }')).not.toBe(first);
  });

  it('that are good stay however many others are refused', () => {
    const small = createDocuments({
      limits: defaultDocumentLimits,
      introspection: true,
      suggestions: true,
      cacheCharacters: 1_000,
    });
    const good = small.read(schema, '{ greeting }');
    const bad = small.read(schema, '{ nothing }');

    for (let index = 0; index < 200; index += 1) small.read(schema, `{ nothing${index} }`);

    expect(small.read(schema, '{ greeting }')).toBe(good);
    expect(small.read(schema, '{ nothing }')).not.toBe(bad);
  });

  it('are read anew for another schema', () => {
    const other = buildSchema('type Query { farewell: String }');

    expect(open.read(schema, '{ greeting }')).toHaveProperty('document');
    expect(open.read(other, '{ greeting }')).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
  });

  it('are refused with a code for what is wrong with them', () => {
    expect(open.read(schema, '{ greeting')).toMatchObject({ code: 'GRAPHQL_PARSE_FAILED' });
    expect(open.read(schema, `{ ${'greeting '.repeat(1_001)} }`)).toMatchObject({
      code: 'OPERATION_TOO_LARGE',
      errors: [{ extensions: { limit: 'tokens', maximum: 1_000 } }],
    });
    expect(open.read(schema, `${'{ more '.repeat(12)} { greeting } ${'}'.repeat(12)}`)).toMatchObject({
      errors: [{ extensions: { code: 'OPERATION_TOO_LARGE', limit: 'depth' } }],
    });
  });

  it('name no field that the client did not, unless suggestions are on', () => {
    const messageOf = (documents: typeof open) => JSON.stringify(documents.read(schema, '{ greetin }'));

    expect(messageOf(open)).toContain('Did you mean');
    expect(messageOf(closed)).not.toMatch(/Did you mean|greeting/);
  });

  it('may ask for the schema only where introspection is on', () => {
    expect(open.read(schema, getIntrospectionQuery())).toHaveProperty('document');
    expect(closed.read(schema, getIntrospectionQuery())).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(closed.read(schema, '{ __typename }')).toHaveProperty('document');
  });
});
