import type { QueryPlan, QueryPlanner } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { CacheRules } from '../../composition/read-cache-rules.ts';
import { type Aliases, createAliases } from '../compile/aliases.ts';
import { resolveConditions } from '../compile/conditions.ts';
import { compileIntrospection, type Introspect } from '../compile/introspection.ts';
import { compileProgram, type Program } from '../compile/program.ts';
import { compileShape, type Shape } from '../compile/shape.ts';
import { createConcreteConditions } from '../rewrite/concrete-conditions.ts';
import { createEvenRequirements } from '../rewrite/even-requirements.ts';
import { readInterfaceObjects } from '../rewrite/interface-objects.ts';
import { pruneFragments } from '../rewrite/prune-fragments.ts';
import type { SeparatedSupergraph } from '../rewrite/required-arguments.ts';
import { restoreArguments } from '../rewrite/restore-arguments.ts';
import { buildPlan } from './build-plan.ts';
import type { KnownOperation } from './known-operations.ts';
import { countSelections } from './selections.ts';

/** One operation, planned and compiled. */
export interface CompiledOperation {
  /** Fetches what the operation needs; null when there is nothing to fetch. */
  readonly program: Program | null;
  /** Shapes what was fetched into what the client asked for. */
  readonly shape: Shape;
  readonly introspect: Introspect;
}

/** An operation as it goes to the planner. */
export interface Draft {
  readonly document: DocumentNode;
  readonly operationName: string | undefined;
  /** How many selections it has, its fragments expanded. */
  readonly selections: number;
  readonly aliases: Aliases;
}

/** The steps from an operation to what runs it. */
export interface OperationCompiler {
  /** Decides its conditions (`flags`: `1` or `0` for each) and changes what the planner is wrong about; null when nothing may run. */
  draft(known: KnownOperation, flags: string): Draft | null;
  /** Plans here and now. @throws what `buildPlan` throws */
  planHere(draft: Draft, overrides: readonly (readonly [string, boolean])[]): QueryPlan;
  /** A plan with what was changed for the planner put back: as it is run. */
  restore(plan: QueryPlan): QueryPlan;
  compile(known: KnownOperation, draft: Draft | null, plan: QueryPlan | null): CompiledOperation;
}

/** Creates the compiler of one graph; `schema` is its API schema, `reserved` what the planner may fetch of its own accord. */
export function createOperationCompiler({
  queryPlanner,
  schema,
  supergraphSdl,
  separated,
  reserved,
  rules,
}: {
  readonly queryPlanner: QueryPlanner;
  readonly schema: GraphQLSchema;
  readonly supergraphSdl: string;
  readonly separated: SeparatedSupergraph | null;
  readonly reserved: ReadonlySet<string>;
  /** What the graph says about keeping data; null when it says nothing, or nobody keeps any. */
  readonly rules: CacheRules | null;
}): OperationCompiler {
  const apiSchema = queryPlanner.supergraph.apiSchema();
  const supergraphSchema = queryPlanner.supergraph.schema.toGraphQLJSSchema();
  const interfaceObjects = readInterfaceObjects(supergraphSdl);
  const makeConcrete = createConcreteConditions(schema, interfaceObjects);
  const evenOut = createEvenRequirements(schema, interfaceObjects);
  const shared = new Set([...interfaceObjects.values()].flatMap(({ fields }) => [...fields]));
  const names = { shared, reserved: shared.size > 0 ? new Set([...reserved, ...shared]) : reserved };
  const forPlanner = (document: DocumentNode) =>
    evenOut(makeConcrete(pruneFragments({ schema, interfaceObjects }, document)));
  const restore = (plan: QueryPlan) => (separated ? restoreArguments(separated, plan) : plan);
  return {
    draft({ allowed, operation, operationName, flags: variables }, flags) {
      if (!allowed) return null;
      const decided = new Map(variables.map((name, at) => [name, flags[at] === '1']));
      const aliases = createAliases(names);
      const document = aliases.rename(forPlanner(resolveConditions(allowed, decided)));
      const name = operationName ?? operation.name?.value;
      return { document, operationName: name, selections: countSelections(document, name), aliases };
    },
    planHere: ({ document, operationName }, overrides) =>
      buildPlan({ queryPlanner, apiSchema }, { document, operationName, overrides }),
    restore,
    compile({ document, operation }, draft, plan) {
      const aliases = draft?.aliases ?? createAliases(names);
      return {
        program: plan?.node
          ? compileProgram(supergraphSchema, restore(plan), { ...withOriginals(aliases, separated), rules })
          : null,
        shape: compileShape(schema, { document, operation }, aliases),
        introspect: compileIntrospection(schema, document, operation),
      };
    },
  };
}

/** What stands in for a field is known to clients by the field's name. */
function withOriginals(aliases: Aliases, separated: SeparatedSupergraph | null): Pick<Aliases, 'responseName'> {
  if (!separated) return aliases;
  return { responseName: (part) => aliases.responseName(separated.standIns.get(part)?.field.name.value ?? part) };
}
