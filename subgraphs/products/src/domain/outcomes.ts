/** An argument does not say what it must. `path` leads from the field's arguments to the fault. */
export interface InvalidInput {
  readonly kind: 'InvalidInput';
  readonly message: string;
  readonly path: string[];
}

/** No such product in the catalogue. */
export interface NotFound {
  readonly kind: 'NotFound';
  readonly message: string;
  readonly path: string[];
}

/** Another product, perhaps a withdrawn one, has the sku. */
export interface SkuTaken {
  readonly kind: 'SkuTaken';
  readonly message: string;
  readonly path: string[];
}

/** The product moved on since the caller read it. */
export interface VersionConflict {
  readonly kind: 'VersionConflict';
  readonly message: string;
  readonly path: string[];
  readonly currentVersion: number;
}

/** Says which argument is at fault and what it must be. */
export function invalid(path: string[], message: string): InvalidInput {
  return { kind: 'InvalidInput', message, path };
}

/** Says that the id names nothing in the catalogue. */
export function notFound(path: string[]): NotFound {
  return { kind: 'NotFound', message: 'There is no such product.', path };
}

/** Says that the sku is somebody else's. */
export function skuTaken(): SkuTaken {
  return { kind: 'SkuTaken', message: 'Another product has this sku already.', path: ['input', 'sku'] };
}
