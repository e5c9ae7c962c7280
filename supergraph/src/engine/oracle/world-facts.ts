import { directives, type Facts, isFieldsDefinition } from './facts.ts';
import type { AskedField } from './operation-facts.ts';
import { concreteTypes, fieldOf } from './relied-upon.ts';

/** The interface objects and the types behind them. */
export function interfaceObjectTypes(facts: Facts): ReadonlySet<string> {
  const names = facts.subgraphs.flatMap(({ document }) =>
    document.definitions.flatMap((definition) =>
      isFieldsDefinition(definition) && directives(definition, 'interfaceObject').length > 0
        ? [definition.name.value]
        : [],
    ),
  );
  return new Set(names.flatMap((name) => [name, ...concreteTypes(facts, name)]));
}

/** Whether a field is computed from others, for any of the types that it may be asked of. */
export function requiresSomething(facts: Facts, { node, types }: AskedField): boolean {
  return types.some((type) => fieldOf(facts, type, node.name.value)?.requires);
}
