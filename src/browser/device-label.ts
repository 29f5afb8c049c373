/**
 * Says of a renderer that computes on the CPU that it is software, wherever its name is printed.
 */

const software = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|software/i;

export function isSoftware(device: string): boolean {
  return software.test(device);
}

/** `ANGLE (… SwiftShader …) (software)`; other names stay as they are. */
export function deviceLabel(device: string): string {
  return isSoftware(device) && !/\(software\)/i.test(device) ? `${device} (software)` : device;
}
