const largestId = 2n ** 63n - 1n;

/** Whether a text can be the id of a row: a positive 64-bit integer in its usual writing. Anything else names nobody. */
export function isRowId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= largestId;
}
