/** What only a GPU can do wrong. */
import { DeviceLostError } from '../src/engine/errors.ts';

/** The context is gone; whatever was read since would have been zeros. */
export class ContextLostError extends DeviceLostError {}
