const MAX_ID = 2n ** 63n - 1n;

/** Whether the text can be the id of a product: a positive bigint in its shortest form. */
export function isProductId(text: string): boolean {
  return /^[1-9]\d{0,18}$/.test(text) && BigInt(text) <= MAX_ID;
}
