import { isAbstractType } from 'graphql';
import type { KnownFault } from './known-faults.ts';
import { interfaceObjectTypes, requiresSomething } from './world-facts.ts';

/** Whether the executor keeps the order of an operation's fields. Apollo's does not. */
export const isOrderKept: boolean = false;

/** What Apollo's executor does wrong. With an executor of our own this list is empty. */
export const executorFaults: readonly KnownFault[] = [
  {
    name: 'a fetch from an interface object overwrites __typename',
    mayMeet: ({ facts }, _, { fields }) =>
      fields.some(({ types }) => types.some((type) => interfaceObjectTypes(facts).has(type))),
  },
  {
    name: 'what stands in a condition on an abstract type is lost',
    mayMeet: ({ schema }, _, { conditions }) =>
      conditions.some(({ on, condition }) => on.name !== condition && isAbstractType(schema.getType(condition))),
  },
  {
    name: '@requires of a list of lists gets nulls',
    mayMeet: ({ facts }, _, { fields }) =>
      fields.some((field) => requiresSomething(facts, field)) &&
      [...facts.fields.values()].some(({ type }) => JSON.stringify(type).split('ListType').length > 2),
  },
  {
    name: 'the errors of a subgraph that is down stand at no place of the answer',
    mayMeet: (_, { faults }) => faults.some(({ kind }) => kind === 'down'),
  },
];
