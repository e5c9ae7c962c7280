import type { FetchNode } from '@apollo/query-planner';
import { type FragmentDefinitionNode, Kind, parse, type SelectionSetNode } from 'graphql';

/** What a fetch writes at the place that it belongs to. */
export interface FetchSelections {
  /** The response names, true for those with selections of their own. */
  readonly fields: ReadonlyMap<string, boolean>;
  /** Every object it may write to below its place: response names joined by dots. */
  readonly objects: ReadonlySet<string>;
}

/** Reads what a fetch asks for; of an entity fetch, what it asks of each entity. */
export function readFetchSelections(fetch: FetchNode): FetchSelections {
  const { definitions } = fetch.operationDocumentNode ?? parse(fetch.operation, { noLocation: true });
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const operation = definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  const fields = new Map<string, boolean>();
  const objects = new Set<string>();
  const visit = ({ selections }: SelectionSetNode, path: readonly string[]): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.alias?.value ?? selection.name.value;
        const { selectionSet } = selection;
        if (path.length === 0) fields.set(name, selectionSet !== undefined || fields.get(name) === true);
        if (!selectionSet) continue;
        objects.add([...path, name].join('.'));
        visit(selectionSet, [...path, name]);
      } else {
        const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
        if (fragment) visit(fragment.selectionSet, path);
      }
    }
  };
  if (operation) visit(fetch.requires ? entitySelections(operation.selectionSet) : operation.selectionSet, []);
  return { fields, objects };
}

/** What is selected below `_entities`. */
function entitySelections({ selections }: SelectionSetNode): SelectionSetNode {
  const inner = selections.flatMap((selection) =>
    selection.kind === Kind.FIELD ? (selection.selectionSet?.selections ?? []) : [],
  );
  return { kind: Kind.SELECTION_SET, selections: inner };
}
