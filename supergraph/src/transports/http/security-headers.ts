import type { FastifyInstance, FastifyReply } from 'fastify';

/** The policy of answers that are no page: a browser that shows one loads and frames nothing. Source: w3.org/TR/CSP3 */
const dataPolicy = "default-src 'none'; frame-ancestors 'none'";

/** Sets the headers that keep browsers from guessing, framing and leaking, on every answer of the server. */
export function setSecurityHeaders(
  server: FastifyInstance,
  { isProduction }: { readonly isProduction: boolean },
): void {
  const headers = {
    'content-security-policy': dataPolicy,
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    ...(isProduction ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  };
  server.addHook('onRequest', (_request, reply, done) => {
    reply.headers(headers);
    done();
  });
}

/** Gives one page the policy that it needs, in place of the one for data. */
export function setPagePolicy(reply: FastifyReply, directives: Readonly<Record<string, string>>): FastifyReply {
  const all = {
    'default-src': "'none'",
    'base-uri': "'none'",
    'form-action': "'none'",
    'frame-ancestors': "'none'",
    ...directives,
  };
  const policy = Object.entries(all).map(([name, sources]) => `${name} ${sources}`);
  return reply.header('content-security-policy', policy.join('; '));
}
