/**
 * Says of a renderer that computes on the CPU that it is software, wherever its name is printed.
 */

const software = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software|mesa offscreen|headless-gl/i;

export function isSoftware(renderer: string): boolean {
  return software.test(renderer);
}

/** `ANGLE (… SwiftShader …) (software)`; other names stay as they are. */
export function deviceLabel(renderer: string): string {
  return isSoftware(renderer) && !/\(software\)/i.test(renderer) ? `${renderer} (software)` : renderer;
}
