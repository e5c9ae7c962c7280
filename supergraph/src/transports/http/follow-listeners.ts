import type { ExecutionResult, GraphQLError } from 'graphql';
import type { GraphQLRequestContext, GraphQLRequestListener } from '@apollo/server';
import type { SubsequentResult } from '../../engine/defer/incremental-result.ts';
import type { OperationContext } from './operation-context.ts';
import { callAll, type Plugin } from './run-hooks.ts';

type Context = GraphQLRequestContext<OperationContext>;
type Listener = GraphQLRequestListener<OperationContext>;
type HookOf<Name extends keyof Listener> = Parameters<NonNullable<Listener[Name]>>[0];

/** Those who listen to a request, for stages that Apollo Server skips when a plugin answers. */
export interface FollowedListeners {
  /** The plugins as Apollo Server gets them. */
  readonly plugins: readonly Plugin[];
  /** Tells executionDidStart, didEncounterErrors and executionDidEnd around an execution. */
  around<Answer>(
    context: Context,
    execute: () => Promise<Answer>,
    errorsOf: (answer: Answer) => readonly GraphQLError[],
  ): Promise<Answer>;
  /** Tells didEncounterSubsequentErrors and willSendSubsequentPayload of a later part. */
  subsequent(context: Context, part: SubsequentResult): Promise<void>;
}

/** Follows the listeners of plugins. Source: requestPipeline.ts of @apollo/server 5.5, whose order this is */
export function followListeners(plugins: readonly Plugin[]): FollowedListeners {
  const listeners = new WeakMap<object, Listener[]>();
  const of = (context: Context): readonly Listener[] => listeners.get(context) ?? [];
  const start = (plugin: Plugin) => async (context: Context) => {
    const listener = await plugin.requestDidStart?.(context);
    if (listener) listeners.set(context, [...of(context), listener]);
    return listener;
  };
  return {
    plugins: plugins.map((plugin) => (plugin.requestDidStart ? withStart(plugin, start(plugin)) : plugin)),
    async around(context, execute, errorsOf) {
      const started = context as HookOf<'executionDidStart'>;
      const followers = await callAll(of(context), (listener) => listener.executionDidStart?.(started));
      followers.reverse();
      const answer = await execute();
      const errors = errorsOf(answer);
      if (errors.length > 0) {
        const met = Object.assign(context, { errors }) as HookOf<'didEncounterErrors'>;
        await callAll(of(context), (listener) => listener.didEncounterErrors?.(met));
      }
      await callAll(followers, (follower) => follower.executionDidEnd?.());
      return answer;
    },
    async subsequent(context, part) {
      const sent = context as HookOf<'willSendSubsequentPayload'>;
      const { incremental = [] } = part;
      for (const { errors = [] } of incremental) {
        if (errors.length === 0) continue;
        await callAll(of(context), (listener) => listener.didEncounterSubsequentErrors?.(sent, errors));
      }
      await callAll(of(context), (listener) => listener.willSendSubsequentPayload?.(sent, part as Payload));
    },
  };
}

type Payload = Parameters<NonNullable<Listener['willSendSubsequentPayload']>>[1] & ExecutionResult;

/** The plugin with another `requestDidStart`; its other hooks run on itself. */
function withStart(plugin: Plugin, requestDidStart: NonNullable<Plugin['requestDidStart']>): Plugin {
  return new Proxy(plugin, {
    get(target, name) {
      if (name === 'requestDidStart') return requestDidStart;
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
