/**
 * What src/browser/page.html runs: a harness on `window.mamba`, and, with `?run=[…]`, a list of requests from the address:
 *
 *   page.html?run=[{"type":"load","backend":"webgpu","model":{"random":"130m"}},{"type":"bench",…}]
 *
 * They run one after the other; everything is POSTed to /result at the end, progress to /progress on the way.
 */
import { Harness } from './harness.ts';
import type { Request } from './protocol.ts';
import { rendererOf } from './renderer.ts';
import { runList } from './run-list.ts';

declare global {
  interface Window {
    /** Set by the driver before the page loads: takes each answer as JSON. */
    mambaAnswer?: (answer: string) => void;
    mamba?: {
      receive(request: Request): void;
      rendererOf: typeof rendererOf;
    };
  }
}

const harness = new Harness((answer) => window.mambaAnswer?.(JSON.stringify(answer)));

window.mamba = { receive: (request) => void harness.receive(request), rendererOf };

const run = new URLSearchParams(location.search).get('run');
if (run !== null) await runList(run);
