import { describe, expect, it } from '@jest/globals';
import { graphql, type GraphQLSchema } from 'graphql';
import { CodedError } from '../errors/coded-error.ts';
import { allow, and, applyPermissions, chain, deny, not, or, type Permissions, rule } from './shield.ts';
import { createSubgraphSchema } from './subgraph-schema.ts';

const sdl = 'type Thing { open: Int closed: Int } type Query { thing: Thing other: Int }';
const resolvers = { Query: { thing: () => ({ open: 1, closed: 2 }), other: () => 3 } };

const guarded = (permissions: Permissions) => createSubgraphSchema({ sdl, resolvers, permissions });
const ask = (schema: GraphQLSchema) => graphql({ schema, source: '{ thing { open closed } other }', contextValue: {} });

describe('permissions', () => {
  it('leave a field without a rule as it is', () => {
    const schema = guarded({ Thing: { closed: deny } });

    expect(schema.getType('Thing')).toMatchObject({ _fields: { open: { resolve: undefined } } });
  });

  it.each<[string, Permissions]>([
    ['a rule of the field', { Thing: { closed: deny } }],
    ['the rule for other fields of the type', { Thing: { '*': deny, open: allow } }],
    ['all of several rules', { Thing: { closed: and(allow, deny) } }],
    ['none of several rules', { Thing: { closed: or(deny, deny) } }],
    ['a chain of rules', { Thing: { closed: chain(allow, deny) } }],
    ['the opposite of a rule', { Thing: { closed: not(allow) } }],
  ])('deny a field by %s, with a code and a path', async (_, permissions) => {
    const { data, errors } = await ask(guarded(permissions));

    expect(data).toEqual({ thing: { open: 1, closed: null }, other: 3 });
    expect(errors).toEqual([expect.objectContaining({ message: 'Not allowed', path: ['thing', 'closed'] })]);
    expect(errors?.[0]?.originalError).toMatchObject({ code: 'FORBIDDEN' });
  });

  it.each<[string, Permissions]>([
    ['a type', { Thing: deny }],
    ['everything', deny],
  ])('deny %s as a whole', async (_, permissions) => {
    const { data } = await ask(guarded(permissions));

    expect(JSON.stringify(data)).not.toMatch(/[12]/);
  });

  it('deny with the error of a rule that fails, and with the one that a rule returns', async () => {
    const fails = rule()(() => {
      throw new Error('no database');
    });
    const returns = rule()(() => new CodedError('UNAUTHENTICATED', 'sign in first'));

    const { data, errors } = await ask(guarded({ Thing: { closed: fails }, Query: { other: returns } }));

    expect(data).toEqual({ thing: { open: 1, closed: null }, other: null });
    expect(errors?.map(({ message }) => message).toSorted()).toEqual(['no database', 'sign in first']);
  });

  it.each([
    ['at once', (verdict: unknown) => verdict],
    ['later', (verdict: unknown) => Promise.resolve(verdict)],
  ])('heed what a rule says %s', async (_, say) => {
    const says = (verdict: unknown) => rule({ cache: 'no_cache' })(() => say(verdict) as boolean);
    const judged = async (verdict: unknown) =>
      (await ask(guarded({ Query: { other: says(verdict) } }))).data?.['other'];

    const answers = await Promise.all([true, false, 'no', new Error('no'), undefined, 1].map(judged));

    expect(answers).toEqual([3, null, null, null, null, null]);
  });

  it('ask a contextual rule once in a request', async () => {
    let asked = 0;
    const counted = rule('counted', { cache: 'contextual' })(() => ++asked > 0);

    await ask(guarded({ Thing: counted, Query: { other: counted } }));

    expect(asked).toBe(1);
  });

  it('are refused when they name what the schema does not have', () => {
    expect(() => guarded({ Thing: { gone: deny } })).toThrow('Thing.gone');
    expect(() => applyPermissions(createSubgraphSchema({ sdl, resolvers }), { Gone: deny })).toThrow('Gone');
  });
});
