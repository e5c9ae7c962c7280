import { CodedError } from '@storefront/platform/errors/coded-error.ts';
import { type Caller, hasScope } from '@storefront/platform/identity/caller.ts';
import type { DomainEvent } from '@storefront/schema/events/event.ts';
import type { DocumentNode, GraphQLError } from 'graphql';
import type { Engine, Graph, LiveField, OperationRequest } from '../engine/engine.ts';
import type { Documents } from '../guards/documents.ts';
import type { LiveStore } from './live-store.ts';

/** What a subscription is on one graph. */
export interface SubscriptionPlan {
  readonly graph: Graph;
  readonly document: DocumentNode;
  readonly field: LiveField;
  readonly stream: string;
}

/** Why an operation cannot be subscribed to on a graph. */
export class SubscriptionRefused extends Error {
  override readonly name = 'SubscriptionRefused';
  readonly errors: readonly GraphQLError[];
  constructor(errors: readonly GraphQLError[]) {
    super(errors.map(({ message }) => message).join(' '));
    this.errors = errors;
  }
}

/**
 * Looks at a subscription with the eyes of one graph: is it valid there, may the caller have it, which stream has its events.
 * @throws SubscriptionRefused, CodedError
 */
export function planSubscription(
  deps: { readonly engine: Engine; readonly documents: Pick<Documents, 'read'>; readonly store: LiveStore },
  graph: Graph,
  request: Omit<OperationRequest, 'document'>,
): SubscriptionPlan {
  const read = deps.documents.read(graph.schema, request.source);
  if ('errors' in read) throw new SubscriptionRefused(read.errors);
  const { document } = read;
  const { operationName, variables, caller } = request;
  const denials = deps.engine.authorizeSubscription({ ...request, document });
  if (denials.length > 0) throw new SubscriptionRefused(denials);
  const field = deps.engine.liveField(graph, document, operationName, variables);
  return { graph, document, field, stream: chooseStream(deps.store, caller, field) };
}

/** Who sees all reads the stream of all; everybody else their own, so that nothing foreign ever comes near them. */
function chooseStream(store: LiveStore, caller: Caller, { seesAll }: LiveField): string {
  if (caller.kind === 'anonymous') throw new CodedError('UNAUTHENTICATED', 'Sign in to subscribe.');
  return seesAll !== null && hasScope(caller, seesAll) ? store.streamOfAll : store.streamOfUser(caller.userId);
}

/** Whether a live field announces the event: of the right type, and with the value that its argument asks for. */
export function isWanted({ events, filter }: LiveField, event: DomainEvent): boolean {
  if (!events.includes(event.type)) return false;
  return filter === null || attributeOf(event, filter.attribute) === filter.value;
}

/** An attribute of the envelope, for example `subject`, or of the data, for example `data.orderId`. */
function attributeOf(event: DomainEvent, path: string): string | undefined {
  let value: unknown = event;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = Object.getOwnPropertyDescriptor(value, name)?.value;
  }
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
