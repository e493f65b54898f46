/**
 * An ECDSA signature of JOSE (r and s side by side, RFC 7518 section 3.4) in the form that node:crypto takes without
 * options: `SEQUENCE { INTEGER r, INTEGER s }`.
 */
export function derOf(signature: Uint8Array): Uint8Array {
  const half = signature.length / 2
  const r = startOfInteger(signature, 0, half)
  const s = startOfInteger(signature, half, signature.length)
  const [sizeOfR, sizeOfS] = [sizeOf(signature, r, half), sizeOf(signature, s, signature.length)]
  const content = sizeOfR + sizeOfS + 4
  // A length of 128 or more takes a second byte: P-521.
  const der = Buffer.alloc(content + (content < 128 ? 2 : 3))
  let at = content < 128 ? der.writeUInt16BE(0x3000 | content) : der.writeUIntBE(0x308100 | content, 0, 3)
  at = writeInteger(der, at, signature.subarray(r, half), sizeOfR)
  writeInteger(der, at, signature.subarray(s), sizeOfS)
  return der
}

/** The way back: r and s side by side, `length` bytes in all. */
export function pairOf(der: Buffer, length: number): Buffer {
  const pair = Buffer.alloc(length)
  const half = length / 2
  const endOfR = copyInteger(der, (der[1] as number) < 128 ? 2 : 3, pair, half)
  copyInteger(der, endOfR, pair, length)
  return pair
}

/** Copies an integer so that it ends at `end`. @returns where the next one begins */
function copyInteger(der: Buffer, at: number, pair: Buffer, end: number): number {
  const next = at + 2 + (der[at + 1] as number)
  // The zero that keeps it from being a minus is not copied.
  const start = der[at + 2] === 0 ? at + 3 : at + 2
  der.copy(pair, end - (next - start), start, next)
  return next
}

/** Leading zeros are not written; the last byte is, so that zero stays one byte. */
function startOfInteger(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end - 1 && bytes[at] === 0) at++
  return at
}

/** With one zero in front where the first bit would mean a minus. */
function sizeOf(bytes: Uint8Array, start: number, end: number): number {
  return end - start + ((bytes[start] as number) >> 7)
}

function writeInteger(der: Buffer, at: number, bytes: Uint8Array, size: number): number {
  der[at] = 0x02
  der[at + 1] = size
  der.set(bytes, at + 2 + size - bytes.length)
  return at + 2 + size
}
