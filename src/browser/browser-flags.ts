/**
 * With which flags a browser computes: on a platform's GPU, or in software when that is asked for.
 */

export interface BrowserSituation {
  readonly platform: string;
  /** No GPU: render on the CPU, slowly. */
  readonly software: boolean;
  /** Chromium's sandbox refuses to run as root. */
  readonly root: boolean;
}

const quiet = [
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'],
  '--no-first-run',
];
const unlocked = ['--enable-unsafe-webgpu', '--ignore-gpu-blocklist'];
const software = [...['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--use-webgpu-adapter=swiftshader']];
/** Linux needs to be told to use Vulkan, and that no window will be shown; elsewhere the defaults find the GPU. */
const hardware: Readonly<Record<string, readonly string[]>> = {
  linux: ['--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface'],
  darwin: ['--use-angle=metal'],
  win32: ['--use-angle=d3d11'],
};

export function browserFlags({ platform, software: inSoftware, root }: BrowserSituation): readonly string[] {
  const renderer = inSoftware ? software : (hardware[platform] ?? []);
  return [...quiet, ...unlocked, ...renderer, ...(root ? ['--no-sandbox'] : [])];
}
