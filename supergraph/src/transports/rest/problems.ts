import { STATUS_CODES } from 'node:http';
import { statusOfCode } from '@storefront/platform/errors/codes.ts';
import type { Problem } from '@storefront/platform/http/problem.ts';
import type { Amount } from '@storefront/schema/money.ts';
import type { Caller } from '@storefront/platform/identity/caller.ts';
import type { GraphQLError, GraphQLFormattedError } from 'graphql';
import { codesOf } from '../../guards/error-codes.ts';
import { toMajor } from './prices.ts';
import type { RouteAnswer } from './route.ts';

/** An expected outcome that is no success: a union member that implements UserError. */
export interface UserErrorOutcome {
  readonly __typename: string;
  readonly message: string;
  readonly path: readonly string[] | null;
  readonly retryAfterSeconds?: number;
  readonly currentVersion?: number;
  readonly productId?: string;
  readonly unitPrice?: Amount;
  readonly status?: string;
}

const outcomes: Readonly<
  Record<string, { readonly status: number; readonly code: string; readonly retryAfter?: string }>
> = {
  InvalidInput: { status: 422, code: 'INVALID_INPUT' },
  NotFound: { status: 404, code: 'NOT_FOUND' },
  EmailTaken: { status: 409, code: 'EMAIL_TAKEN' },
  SkuTaken: { status: 409, code: 'SKU_TAKEN' },
  VersionConflict: { status: 412, code: 'VERSION_CONFLICT' },
  InvalidCredentials: { status: 401, code: 'INVALID_CREDENTIALS' },
  InvalidSession: { status: 401, code: 'INVALID_SESSION' },
  TooManyAttempts: { status: 429, code: 'TOO_MANY_ATTEMPTS', retryAfter: '60' },
  ProductUnavailable: { status: 422, code: 'PRODUCT_UNAVAILABLE' },
  PriceChanged: { status: 409, code: 'PRICE_CHANGED' },
  CatalogueUnavailable: { status: 503, code: 'CATALOGUE_UNAVAILABLE', retryAfter: '1' },
  IdempotencyKeyReused: { status: 422, code: 'IDEMPOTENCY_KEY_REUSED' },
  IdempotencyKeyInFlight: { status: 409, code: 'IDEMPOTENCY_KEY_IN_FLIGHT', retryAfter: '1' },
  OrderNotCancellable: { status: 409, code: 'ORDER_NOT_CANCELLABLE' },
};

/** The problem for a union member that is no success. A member that this table does not know is a conflict. */
export function problemOfOutcome(outcome: UserErrorOutcome): RouteAnswer {
  const {
    __typename: type,
    message,
    path,
    retryAfterSeconds,
    currentVersion,
    productId,
    unitPrice,
    status: orderStatus,
  } = outcome;
  const { status, code, retryAfter } = outcomes[type] ?? { status: 409, code: 'CONFLICT' };
  const extensions = {
    ...(path ? { errors: [{ path: inBody(path), message }] } : {}),
    ...(currentVersion === undefined ? {} : { currentVersion }),
    ...(productId === undefined ? {} : { productId: Number(productId) }),
    ...(unitPrice === undefined ? {} : { unitPrice: toMajor(unitPrice), currency: unitPrice.currency }),
    ...(orderStatus === undefined ? {} : { orderStatus }),
  };
  const wait = retryAfterSeconds === undefined ? retryAfter : String(retryAfterSeconds);
  const headers = { ...(wait === undefined ? {} : { 'retry-after': wait }), ...(status === 401 ? challenge : {}) };
  return { problem: toProblem(status, code, message, extensions), headers };
}

/** Where in the body the fault is: the graph puts the body into an argument called `input`. */
function inBody(path: readonly string[]): string {
  return (path[0] === 'input' ? path.slice(1) : path).join('.');
}

const challenge = { 'www-authenticate': 'Bearer realm="storefront"' };

const howToSignIn =
  'This needs an access token. Get one with POST /api/v1/sign-in and the JSON body {"email": "...", "password": "..."}, then send its accessToken in the header "Authorization: Bearer ...".';
const denials = new Set(['UNAUTHENTICATED', 'UNAUTHORIZED_FIELD_OR_TYPE', 'FORBIDDEN']);
const passing = new Set(['SUBGRAPH_UNAVAILABLE', 'SERVICE_UNAVAILABLE', 'GRAPH_NOT_READY']);

/**
 * The problem for a result that has errors where the answer should be. What the anonymous may not do is 401 and says how
 * to get a token; what somebody known may not do is 403. A fault that nobody foresaw says nothing of its text.
 */
export function problemOfErrors(
  errors: readonly (GraphQLError | GraphQLFormattedError)[],
  caller: Caller,
): RouteAnswer {
  const codes = codesOf(errors);
  const code = codes.find((each) => denials.has(each)) ?? codes[0] ?? 'INTERNAL_SERVER_ERROR';
  if (denials.has(code))
    return caller.kind === 'anonymous'
      ? signInFirst()
      : { problem: toProblem(403, 'FORBIDDEN', 'Your account may not do this.') };
  if (passing.has(code)) {
    const problem = toProblem(503, code, 'A part of the shop cannot answer at the moment. Try again shortly.');
    return { problem, headers: { 'retry-after': '1' } };
  }
  const status = statusOfCode(code);
  const message = status < 500 ? errors[codes.indexOf(code)]?.message : undefined;
  return { problem: toProblem(status, code, message) };
}

/** 401 with the way to a token. Source: RFC 9110 section 15.5.2 */
export function signInFirst(): RouteAnswer {
  return { problem: toProblem(401, 'UNAUTHENTICATED', howToSignIn), headers: challenge };
}

/** A problem whose title is the status's own. */
export function toProblem(
  status: number,
  code: string,
  detail?: string,
  extensions?: Readonly<Record<string, unknown>>,
): Problem {
  return { status, code, title: STATUS_CODES[status] ?? 'Error', detail, extensions };
}
