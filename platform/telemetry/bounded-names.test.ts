import { describe, expect, it } from '@jest/globals';
import { createBoundedNames } from './bounded-names.ts';

describe('the names of a label', () => {
  it('are as many as were allowed, however many somebody invents', () => {
    const nameOf = createBoundedNames(2);

    const labels = ['Home', 'Basket', 'Invented', 'Home', 'Basket'].map((name) => nameOf(name));

    expect(labels).toEqual(['Home', 'Basket', 'other', 'Home', 'Basket']);
  });

  it('always have a place for those that are trusted, and one for what has no name', () => {
    const nameOf = createBoundedNames(0);

    expect([nameOf('GetUser', true), nameOf('GetUser'), nameOf(null), nameOf('')]).toEqual([
      'GetUser',
      'GetUser',
      'anonymous',
      'anonymous',
    ]);
  });
});
