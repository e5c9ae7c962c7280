const largestId = 2n ** 63n - 1n;

/**
 * Whether a text can be the id of a row with a bigint identity: the decimal text of a positive 64-bit number, without leading
 * zeros. Anything else names nothing, so a look-up can answer "unknown" without asking the database.
 */
export function isRowId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= largestId;
}
