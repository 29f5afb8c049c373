/** How much a device holds in one texture or buffer. */

export interface MachineLimits {
  /** Sides of the largest texture; infinite with storage buffers. */
  readonly textureSide: number;
  /** Numbers in the largest storage buffer; infinite with textures. */
  readonly bufferLength: number;
}

/** Most numbers in a result. GPU.js gives S² − 1 of them a texture of sides S + 1 and S − 1: so none above S·(S − 1). */
export function cellLength({ textureSide, bufferLength }: MachineLimits): number {
  return Math.min(textureSide * (textureSide - 1), bufferLength);
}

/** Most numbers in a matrix: four share a texel. */
export function matrixLength({ textureSide, bufferLength }: MachineLimits): number {
  return Math.min(4 * textureSide * (textureSide - 1), bufferLength);
}
