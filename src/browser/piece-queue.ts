/**
 * Pieces that arrive when they like, taken one after the other.
 */
import type { Piece } from '../generation/generate.ts';

export class PieceQueue implements AsyncIterable<Piece> {
  readonly #pieces: Piece[] = [];
  #ended = false;
  #wake: () => void = () => {};

  push(piece: Piece): void {
    this.#pieces.push(piece);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Piece, void> {
    for (;;) {
      const piece = this.#pieces.shift();
      if (piece !== undefined) yield piece;
      else if (this.#ended) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
