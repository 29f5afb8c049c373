/**
 * GPU.js finds a number in a texture by two integer divisions and two float ones, at every read. AMD's shader units have
 * neither: half of every kernel's instructions were these (gpu/README.md). Here the same texels are found by one
 * reciprocal and a correction, on WebGL2, which can fetch texels by whole numbers.
 *
 * row = ⌊i/w⌋: i·(0.999999/w) is too small by 0.4·10⁻⁶ to 1.6·10⁻⁶ of it, whatever 2.5 ulp of a division and the roundings
 * do (GLSL ES 3.00, 4.5.1), hence never above i/w, and less than 1 below it for rows up to 600,000: at most one row short.
 * A texture has 2¹⁵ rows at most; results may have more, so their places are found in two rounds.
 */
import type { Gpu } from './gpu-js.ts';

const rowAndRest = `ivec2 rowAndRest(int i, int w) {
  int row = int(float(i) * (0.999999 / float(w)));
  int rest = i - row * w;
  return rest >= w ? ivec2(row + 1, rest - w) : ivec2(row, rest);
}

ivec2 rowAndRestOfMany(int i, int w) {
  int rows = int(float(i) * (0.999999 / float(w)));
  ivec2 more = rowAndRest(i - rows * w, w);
  return ivec2(rows + more.x, more.y);
}
`;

/** What GPU.js 2.24.1 writes, and what takes its place. */
const replacements: readonly (readonly [before: string, after: string])[] = [
  [
    `ivec3 indexTo3D(int idx, ivec3 texDim) {
  int z = int(idx / (texDim.x * texDim.y));
  idx -= z * int(texDim.x * texDim.y);
  int y = int(idx / texDim.x);
  int x = int(integerMod(idx, texDim.x));
  return ivec3(x, y, z);
}
`,
    `${rowAndRest}
ivec3 indexTo3D(int idx, ivec3 texDim) {
  ivec2 plane = rowAndRestOfMany(idx, texDim.x * texDim.y);
  ivec2 line = rowAndRestOfMany(plane.y, texDim.x);
  return ivec3(line.y, line.x, plane.x);
}
`,
  ],
  [
    `vec4 getImage2D(sampler2D tex, ivec2 texSize, ivec3 texDim, int z, int y, int x) {
  int index = x + texDim.x * (y + texDim.y * z);
  int w = texSize.x;
  vec2 st = vec2(float(integerMod(index, w)), float(index / w)) + 0.5;
  return texture(tex, st / vec2(texSize));
}
`,
    `vec4 getImage2D(sampler2D tex, ivec2 texSize, ivec3 texDim, int z, int y, int x) {
  int index = x + texDim.x * (y + texDim.y * z);
  return texelFetch(tex, rowAndRest(index, texSize.x).yx, 0);
}
`,
  ],
  [
    `  int channel = integerMod(index, 4);
  index = index / 4;
  int w = texSize.x;
  vec2 st = vec2(float(integerMod(index, w)), float(index / w)) + 0.5;
  index = index / 4;
  vec4 texel = texture(tex, st / vec2(texSize));
  return texel[channel];
`,
    `  return texelFetch(tex, rowAndRest(index >> 2, texSize.x).yx, 0)[index & 3];
`,
  ],
];

/** @throws Error when the text is not that of GPU.js 2.24.1 */
export function shortAddressing(fragmentShader: string): string {
  return replacements.reduce((text, [before, after]) => {
    if (!text.includes(before)) throw new Error(`GPU.js 2.24.1 expected, whose shaders contain: ${before}`);
    return text.replace(before, () => after);
  }, fragmentShader);
}

interface KernelClass {
  new (...settings: never[]): object;
  readonly fragmentShader: string;
}

/** A GPU whose kernels find texels the short way; GPU.js itself stays as it is. */
export function withShortAddressing(gpu: Gpu): Gpu {
  const owner = gpu as unknown as { Kernel: KernelClass };
  const Base = owner.Kernel;
  const text = shortAddressing(Base.fragmentShader);
  const Short = class extends Base {
    static override get fragmentShader(): string {
      return text;
    }
  };
  Object.defineProperty(Short, 'name', { value: Base.name });
  owner.Kernel = Short;
  return gpu;
}
