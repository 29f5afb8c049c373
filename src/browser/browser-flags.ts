/**
 * With which flags a browser computes: on a platform's GPU, or in software when that is asked for.
 */

export interface BrowserSituation {
  readonly platform: string;
  /** No GPU: render on the CPU, slowly. */
  readonly software: boolean;
  /** Chromium's sandbox refuses to run as root. */
  readonly root: boolean;
  /** For WebGL alone, rather than for WebGPU. */
  readonly webgl?: boolean | undefined;
}

const quiet = [
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-quic'],
  '--no-first-run',
];
const unlocked = ['--enable-unsafe-webgpu', '--ignore-gpu-blocklist'];
const software = [...['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--use-webgpu-adapter=swiftshader']];
/**
 * Linux needs to be told to use Vulkan, and that no window will be shown; elsewhere the defaults find the GPU. WebGL goes
 * through the driver's own OpenGL there: over Vulkan without a window its context was lost at once (seen on an NVIDIA H100,
 * driver 580, Chromium 156).
 */
const hardware: Readonly<Record<string, readonly string[]>> = {
  linux: ['--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface'],
  darwin: ['--use-angle=metal'],
  win32: ['--use-angle=d3d11'],
};

const linuxWebgl = ['--use-gl=angle', '--use-angle=gl-egl'];

export function browserFlags(situation: BrowserSituation): readonly string[] {
  const { platform, software: inSoftware, root, webgl = false } = situation;
  const chosen = webgl && platform === 'linux' ? linuxWebgl : (hardware[platform] ?? []);
  const renderer = inSoftware ? software : chosen;
  return [...quiet, ...unlocked, ...renderer, ...(root ? ['--no-sandbox'] : [])];
}
