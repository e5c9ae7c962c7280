const MAX_LENGTH = 64;
const PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NUMBERED = 9;

/** Whether the text can be an article number: letters, digits, `.`, `_` and `-`, at most 64, upper and lower case apart. */
export function isSku(text: string): boolean {
  return PATTERN.test(text);
}

/**
 * Article numbers for a product of that name, the nicest first: `ENAMEL-MUG`, `ENAMEL-MUG-2` and so on, at last some that
 * end in `suffix()`, which should differ each time. All of them satisfy `isSku`.
 */
export function* skusFor(name: string, suffix: () => string): Generator<string> {
  const base = toSku(name, MAX_LENGTH - 16);
  yield base;
  for (let number = 2; number <= NUMBERED; number += 1) yield `${base}-${number}`;
  for (let attempt = 0; attempt < 3; attempt += 1) yield `${base}-${toSku(suffix(), 12)}`;
}

function toSku(text: string, maxLength: number): string {
  const plain = text.normalize('NFKD').replace(/\p{M}/gu, '').toUpperCase();
  const words = plain.replace(/[^A-Z0-9]+/g, '-').replace(/^-/, '');
  return words.slice(0, maxLength).replace(/-$/, '') || 'PRODUCT';
}
