import * as crypto from 'node:crypto'
import { writeLatin1 } from '../base/buffer-text.ts'
import type { Signature } from './signature.ts'
import { inputBytes, load, loadInput, loadKeyBlock, START, tokenBytes } from './token-bytes.ts'

/** A digest in one call. Node has it since 20.12; other hosts may not. */
const digest: (hash: string, data: Uint8Array, encoding: 'binary' | 'base64url') => string =
  typeof crypto.hash === 'function'
    ? crypto.hash
    : (hash: string, data: Uint8Array, encoding: 'binary' | 'base64url') =>
        crypto.createHash(hash).update(data).digest(encoding)

/**
 * RFC 2104 by hand: two digests over key blocks that are made once. For an input of the size of a token that takes a
 * third of the time of `createHmac`.
 */
export function hmacSignature(hash: 'sha256' | 'sha384' | 'sha512', secret: Uint8Array): Signature {
  const room = hash === 'sha256' ? 64 : 128
  const key = Buffer.alloc(room)
  key.set(secret.length > room ? crypto.createHash(hash).update(secret).digest() : secret)
  const inner = key.map((byte) => byte ^ 0x36)
  const outer = Buffer.concat([key.map((byte) => byte ^ 0x5c), crypto.createHash(hash).digest()])

  /** Over the first `length` characters of what is loaded. */
  function mac(length: number): string {
    loadKeyBlock(inner)
    writeLatin1(outer, digest(hash, inputBytes(length, room), 'binary'), room)
    return digest(hash, outer, 'base64url')
  }

  return {
    matches(segments) {
      const { token, second } = segments
      load(segments)
      return endsWith(token.length, second + 1, mac(second))
    },
    over(header, payload) {
      const length = loadInput(header, payload)
      if (length >= 0) return mac(length)
      return crypto.createHmac(hash, secret).update(`${header}.${payload}`, 'latin1').digest('base64url')
    },
  }
}

/** T-20: whether the loaded token goes on with this MAC and then ends. Every character is looked at. */
function endsWith(length: number, start: number, mac: string): boolean {
  if (length - start !== mac.length) return false
  let difference = 0
  for (let at = 0; at < mac.length; at++) {
    difference |= (tokenBytes[START + start + at] as number) ^ mac.charCodeAt(at)
  }
  return difference === 0
}
