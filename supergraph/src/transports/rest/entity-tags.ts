import { CodedError } from '@storefront/platform/errors/coded-error.ts';

/** A version as a strong entity tag. Source: RFC 9110 section 8.8.3 */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/** True when `If-None-Match` names the version, so that the client has it already. Source: RFC 9110 section 13.1.2 */
export function matchesTag(ifNoneMatch: string | undefined, version: number): boolean {
  if (ifNoneMatch === undefined) return false;
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes('*') || tags.includes(entityTag(version));
}

/**
 * The version that `If-Match` demands; undefined for none, or for `*`, which any version meets.
 * @throws CodedError VERSION_CONFLICT (412) for a tag that no version has, BAD_USER_INPUT for several
 */
export function readExpectedVersion(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  if (ifMatch.includes(',')) throw new CodedError('BAD_USER_INPUT', 'If-Match may name one version only.');
  const version = /^"(\d{1,9})"$/.exec(ifMatch.trim())?.[1];
  if (version !== undefined) return Number(version);
  throw new CodedError('VERSION_CONFLICT', 'No version has this entity tag: read the product again.', {
    httpStatus: 412,
  });
}
