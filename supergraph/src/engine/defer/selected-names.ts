import { Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { deferredLabel } from './defer-directive.ts';

/** Which part of an answer asks for what; the part that comes first has the label null. */
export interface SelectedNames {
  /** True when the part has a field at this path, of whatever type. Indices and `@` do not count. */
  has(label: string | null, path: readonly (string | number)[]): boolean;
  /** True when one of the parts has. */
  hasAnywhere(path: readonly (string | number)[]): boolean;
}

/** Reads what the parts of an operation ask for; `flags` decide what is deferred. For errors, where time does not matter. */
export function readSelectedNames(
  { selectionSet }: OperationDefinitionNode,
  flags: Readonly<Record<string, unknown>>,
): SelectedNames {
  const decided = new Map(Object.entries(flags).map(([name, value]) => [name, value === true] as const));
  const names = new Map<string | null, Set<string>>();
  const visit = ({ selections }: SelectionSetNode, path: string, label: string | null): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const own = `${path}.${selection.alias?.value ?? selection.name.value}`;
        names.set(label, (names.get(label) ?? new Set()).add(own));
        if (selection.selectionSet) visit(selection.selectionSet, own, label);
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        visit(selection.selectionSet, path, deferredLabel(selection, decided) ?? label);
      }
    }
  };
  visit(selectionSet, '', null);
  const toKey = (path: readonly (string | number)[]) =>
    path.map((part) => (typeof part === 'number' || part === '@' ? '' : `.${part}`)).join('');
  return {
    has: (label, path) => names.get(label)?.has(toKey(path)) === true,
    hasAnywhere(path) {
      const key = toKey(path);
      return [...names.values()].some((own) => own.has(key));
    },
  };
}
