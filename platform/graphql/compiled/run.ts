import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLObjectType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
  ResponsePath,
} from 'graphql';
import type { CollectedErrors } from './collected-errors.ts';

/** What is compiled: one operation of a document, for one schema. */
export interface Compiling {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
  /** What a field with these nodes selects of an object of this type. */
  selectionOf(type: GraphQLObjectType, fieldNodes: readonly FieldNode[]): Selection;
}

/** The fields that are selected of objects of one type. */
export interface Selection {
  /** The object as the answer shows it, or the promise of it. Throws, or rejects, where a field that must not be null is. */
  execute(run: Run, source: unknown, path: ResponsePath | undefined): unknown;
}

/** Where a field stands in the schema and in the document. */
export interface FieldPlace {
  readonly type: GraphQLObjectType;
  readonly definition: GraphQLField<unknown, unknown>;
  readonly responseName: string;
  readonly fieldNodes: readonly FieldNode[];
}

/** One execution of what was compiled. */
export interface Run {
  readonly rootValue: unknown;
  readonly contextValue: unknown;
  readonly variableValues: GraphQLResolveInfo['variableValues'];
  readonly collected: CollectedErrors;
}

/**
 * What the answer shows of a resolved value, or the promise of that. Throws, or rejects, with what is wrong. Four parameters,
 * since an object for each value would cost more than most values.
 */
export type Complete = (run: Run, info: GraphQLResolveInfo, path: ResponsePath, result: unknown) => unknown;
