import type { FetchSelections } from './fetch-selections.ts';
import { copyJson, type JsonObject, mergeObject, mergeValues } from './merge.ts';
import { evaluate, readProperty, writeProperty } from './source-text.ts';

/** Merges what a fetch gave into an object. `isAgain` for every place after the first that the same data goes to. */
export type MergeEntity = (held: JsonObject, given: JsonObject, isAgain: boolean) => void;

/**
 * Compiles the merge of a fetch's fields. The same data may go to many places: leaves are shared, and so are objects unless
 * `isWritten` says that another fetch writes into them; those are copied for all places but the first.
 */
export function compileMerge(
  { fields }: Pick<FetchSelections, 'fields'>,
  isWritten: (field: string) => boolean,
): MergeEntity {
  const lines = [...fields].map(([field, isComposite]) => {
    const value = isComposite && isWritten(field) ? '(again ? copyJson(v) : v)' : 'v';
    const held = readProperty('held', field);
    const merged = isComposite ? `mergeValues(h, ${value})` : 'v';
    return `v = ${readProperty('given', field)}; if (v !== undefined) { const h = ${held}; if (h === undefined || h === null) { ${writeProperty('held', field, value)}; } else if (v !== null) { ${writeProperty('held', field, merged)}; } }`;
  });
  return evaluate(`return (held, given, again) => { let v;\n${lines.join('\n')}\n};`, {
    copyJson,
    mergeValues,
  }) as MergeEntity;
}

/** Merges whatever came: for fetches whose answers are rewritten, which is rare. */
export function mergeAnything(held: JsonObject, given: JsonObject, isAgain: boolean): void {
  mergeObject(held, isAgain ? copyJson(given) : given);
}
