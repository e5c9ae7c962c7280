import { type DocumentNode, getOperationAST, Kind, type SelectionSetNode, visit } from 'graphql';

/** How many selections an operation has when its fragments are put where they are spread: what planning it costs grows with that. */
export function countSelections(document: DocumentNode, operationName?: string): number {
  const fragments = new Map(
    document.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet] as const] : [],
    ),
  );
  const counted = new Map<string, number>();
  const countFragment = (name: string): number => {
    const known = counted.get(name);
    if (known !== undefined) return known;
    const set = fragments.get(name);
    const size = set ? count(set) : 0;
    counted.set(name, size);
    return size;
  };
  const count = ({ selections }: SelectionSetNode): number =>
    selections.reduce((sum, selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return sum + 1 + countFragment(selection.name.value);
      return sum + 1 + (selection.selectionSet ? count(selection.selectionSet) : 0);
    }, 0);
  const operation = getOperationAST(document, operationName);
  return operation ? count(operation.selectionSet) : 0;
}

/** The names of all fields that a document mentions. */
export function fieldNames(document: DocumentNode): ReadonlySet<string> {
  const names = new Set<string>();
  visit(document, { Field: ({ name }) => void names.add(name.value) });
  return names;
}
