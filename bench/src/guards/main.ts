/** `npm run bench:guards`: CPU of what stands before the engine for an operation that is known, with a token that is known. */
import { readFileSync } from 'node:fs';
import { createAccessTokenVerifier } from '@storefront/platform/identity/access-tokens.ts';
import { generateSigningKey, publicKeySet } from '@storefront/platform/identity/keys.ts';
import { createLog } from '@storefront/platform/log/log.ts';
import { readCommandLine, wholeNumber } from '@storefront/platform/process/command-line.ts';
import { openRedis } from '@storefront/platform/redis/redis.ts';
import { fixedComposition } from '@storefront/supergraph/src/composition/fixed-composition.ts';
import { readSupergraph } from '@storefront/supergraph/src/composition/read-supergraph.ts';
import { createEngine } from '@storefront/supergraph/src/engine/engine.ts';
import { createAdmit } from '@storefront/supergraph/src/guards/admit.ts';
import { createAuthenticate } from '@storefront/supergraph/src/guards/authenticate.ts';
import { createDocuments } from '@storefront/supergraph/src/guards/documents.ts';
import { defaultDocumentLimits } from '@storefront/supergraph/src/guards/limits.ts';
import { createRateLimiter, unlimited } from '@storefront/supergraph/src/guards/rate-limit.ts';
import { createLocalJWKSet, importJWK, SignJWT } from 'jose';
import { median } from '../table.ts';

const { options } = readCommandLine({
  usage: 'npm run bench:guards',
  does: 'Measures what stands before the engine for an operation and a token that are known. REDIS_URL adds the rate limit there.',
  options: { calls: wholeNumber('how many in a round', { least: 1_000, most: 200_000, fallback: 20_000 }) },
});
const { calls } = options;
const log = createLog({ service: 'bench', level: 'silent' });
const supergraph = readSupergraph(readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8'));
const client = { send: () => Promise.reject(new Error('nobody is asked')), close: async () => undefined };
const engine = createEngine({ composition: fixedComposition(supergraph), client, log }, { cost: { maximum: 1_000 } });
await new Promise<void>((resolve) => engine.onGraph(() => resolve()));

const key = await generateSigningKey('bench');
const [issuer, audience] = ['storefront', 'storefront'];
const keys = createLocalJWKSet(publicKeySet([key]));
const verify = createAccessTokenVerifier({ keys, issuer, audience });
const deps = {
  verify,
  keys: { isReady: async () => true, isPublished: () => true, onRemoved: () => () => undefined },
  now: Date.now,
  revocations: null,
};
const authenticate = createAuthenticate(deps);
const now = Math.floor(Date.now() / 1_000);
const token = await new SignJWT({ scope: 'orders:read' })
  .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'bench' })
  .setIssuer(issuer)
  .setAudience(audience)
  .setSubject('1')
  .setJti('bench')
  .setIssuedAt(now)
  .setNotBefore(now)
  .setExpirationTime(now + 600)
  .sign(await importJWK(key, 'EdDSA'));

const documents = createDocuments({ limits: defaultDocumentLimits, introspection: false, suggestions: false });
const enough = { perMinute: 1e9, burst: 1e9 };
const local = createRateLimiter({ redis: null, log, now: Date.now }, enough);
const source =
  'query ($first: Int) { products(first: $first) { nodes { id name price { formatted } stock { available } } } }';
const constant = source.replace('($first: Int) ', '').replace('first: $first', 'first: 5');
const redisUrl = process.env['REDIS_URL'];
const redis = redisUrl ? await openRedis({ url: redisUrl, log, keyPrefix: 'bench:' }) : null;
const authorization = `Bearer ${token}`;

const rows = [
  ['who calls', unlimited, null],
  ['and may it: document, limits, cost', unlimited, constant],
  ['with a cost that depends on a variable', unlimited, source],
  ['with the rate limit, in this process', local, source],
  ...(redis
    ? [['with the rate limit, in Redis', createRateLimiter({ redis, log, now: Date.now }, enough), source]]
    : []),
] as const as readonly (readonly [string, typeof local, string | null])[];

const line = (name: string, cost: string) => process.stdout.write(`${name.padEnd(44)}${cost.padStart(8)}\n`);
line('guards of a known operation', 'µs CPU');
for (const [name, limiter, text] of rows) {
  const admit = createAdmit({ engine, documents, limiter });
  const once = async () => {
    const identity = await authenticate(authorization);
    if ('refused' in identity) throw new Error(identity.refused.message);
    if (text === null) return;
    const variables = { first: 5 };
    const verdict = await admit({ caller: identity.caller, clientAddress: '127.0.0.1', source: text, variables });
    if ('refused' in verdict) throw new Error(verdict.refused.message);
  };
  const costs: number[] = [];
  for (let round = 0; round < 6; round += 1)
    costs.push(await measure(once, name.includes('Redis') ? calls / 5 : calls));
  line(name, median(costs.slice(1)).toFixed(1));
}
await engine.close();
redis?.disconnect();

/** Sixteen at a time, as a busy server has them. */
async function measure(once: () => Promise<void>, times: number): Promise<number> {
  const before = process.cpuUsage();
  for (let done = 0; done < times; done += 16) await Promise.all(Array.from({ length: 16 }, once));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / times;
}
