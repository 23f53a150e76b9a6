/** Bytes with a place in them; reading past the end throws a RangeError, which means that the file is cut. */
export class Bytes {
  readonly #view: DataView
  at = 0

  constructor(buffer: ArrayBuffer, offset = 0, length = buffer.byteLength - offset) {
    this.#view = new DataView(buffer, offset, length)
  }

  get left(): number {
    return this.#view.byteLength - this.at
  }

  u8(): number {
    return this.#view.getUint8(this.#step(1))
  }

  u24(): number {
    return (this.u8() << 16) | this.u16()
  }

  u16(): number {
    return this.#view.getUint16(this.#step(2))
  }

  u32({ little = false } = {}): number {
    return this.#view.getUint32(this.#step(4), little)
  }

  skip(length: number): void {
    this.at += length
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    const from = this.#step(length)
    return new Uint8Array(this.#view.buffer as ArrayBuffer, this.#view.byteOffset + from, length)
  }

  /** Text of one byte a character, as formats name their parts. */
  name(length: number): string {
    return String.fromCharCode(...this.take(length))
  }

  inner(length: number): Bytes {
    const { buffer, byteOffset } = this.take(length)
    return new Bytes(buffer, byteOffset, length)
  }

  #step(length: number): number {
    const from = this.at
    if (length < 0 || from + length > this.#view.byteLength) throw new RangeError('cut')
    this.at += length
    return from
  }
}

/** Of the files of a visitor, as UTF-8; what is no text becomes a replacement sign. */
export const utf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
