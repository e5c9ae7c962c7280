import { describe, expect, it } from '@jest/globals';
import { getIntrospectionQuery, parse } from 'graphql';
import { defaultDocumentLimits, findPassedLimits } from './limits.ts';

const passed = (source: string) =>
  findPassedLimits(parse(source), defaultDocumentLimits).map(({ extensions }) => extensions['limit']);
const nested = (depth: number) => `${'{ a '.repeat(depth)}${'}'.repeat(depth)}`;
const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

describe('the limits of a document', () => {
  it('allow twelve levels and refuse the thirteenth', () => {
    expect(passed(nested(12))).toEqual([]);
    expect(passed(nested(13))).toEqual(['depth']);
  });

  it('count a fragment wherever it is spread', () => {
    const doubling = times(24, (index) => `fragment F${index} on Query { ...F${index + 1} ...F${index + 1} }`);

    const limits = passed(`{ ...F0 } ${doubling} fragment F24 on Query { a: b }`);

    expect(limits).toEqual(['aliases', 'rootFields', 'selections']);
  });

  it('count aliases, root fields and directives', () => {
    expect(passed(`{ a { ${times(31, (index) => `x${index}: b`)} } }`)).toEqual(['aliases']);
    expect(passed(`{ ${times(21, (index) => `b${index}`)} }`)).toEqual(['rootFields']);
    expect(passed(`{ a ${times(51, () => '@skip(if: false)')} }`)).toEqual(['directives']);
  });

  it('count operations, and fields where fragments fan out', () => {
    const fan = times(
      3,
      (level) => `fragment F${level} on Query { ${times(20, (index) => `f${index} { ...F${level + 1} }`)} }`,
    );

    expect(passed(times(51, (index) => `query Q${index} { a }`))).toEqual(['operations']);
    expect(passed(`{ a { ...F0 } } ${fan} fragment F3 on Query { b }`)).toEqual(['selections']);
  });

  it('end on a fragment that spreads itself', () => {
    expect(passed('{ ...A } fragment A on Query { a ...B } fragment B on Query { b ...A }')).toEqual([]);
  });

  it('let the standard introspection query through', () => {
    const introspection = getIntrospectionQuery({ inputValueDeprecation: true, specifiedByUrl: true, oneOf: true });

    expect(passed(introspection)).toEqual([]);
    expect(() => parse(introspection, { maxTokens: defaultDocumentLimits.tokens })).not.toThrow();
  });
});
