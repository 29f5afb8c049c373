/**
 * What a device refuses, as types: callers tell them apart, people read the message.
 */

/** The backend cannot do this at all; it never does something else instead. */
export class UnsupportedError extends Error {
  override readonly name = 'UnsupportedError';
}

/** No room on the device. Nothing was allocated by the call that failed. */
export class OutOfMemoryError extends Error {
  override readonly name = 'OutOfMemoryError';
}

/** A text is longer than the model's positions, or than the cache that was asked for. Nothing was read by the call. */
export class OutOfContextError extends RangeError {
  override readonly name = 'OutOfContextError';
}

/** The device is gone (a killed worker, a lost context): everything on it is lost. */
export class DeviceLostError extends Error {
  override readonly name = 'DeviceLostError';
}
