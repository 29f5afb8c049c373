/**
 * A page without a driver: requests come with the address, results leave by POST. Any static server with two addresses to
 * post to can carry it.
 */
import { Harness } from './harness.ts';
import type { Answer, Request, WorkRequest } from './protocol.ts';
import { rendererOf } from './renderer.ts';

/** Milliseconds between two lines of progress. */
const patience = 1000;

/** @param json a list of requests, whose ids are their places in it */
export async function runList(json: string): Promise<void> {
  const results: Answer[] = [];
  try {
    const requests = JSON.parse(json) as readonly WorkRequest[];
    const report = progressReport();
    const harness = new Harness((answer) => {
      if (answer.type === 'result' || answer.type === 'error') results.push(answer);
      report(answer);
    });
    for (const [id, request] of requests.entries()) await harness.receive({ ...request, id } as Request);
  } catch (error) {
    results.push({ type: 'error', id: -1, name: 'Error', message: String(error) });
  }
  const renderers = { webgl2: await rendererOf('webgl2'), webgpu: await rendererOf('webgpu') };
  await post('/result', JSON.stringify({ userAgent: navigator.userAgent, renderers, results }));
}

/** Every result, and of progress a line a second. */
function progressReport(): (answer: Answer) => void {
  let last = 0;
  return (answer) => {
    const now = performance.now();
    if (answer.type === 'piece' || (answer.type === 'progress' && now - last < patience)) return;
    last = now;
    const text = answer.type === 'result' ? { ...answer, result: undefined } : answer;
    post('/progress', JSON.stringify(text)).catch(() => {}); // whoever listens gets the results in any case
  };
}

async function post(path: string, body: string): Promise<void> {
  await fetch(path, { method: 'POST', body });
}
