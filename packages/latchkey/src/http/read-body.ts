import type { Readable } from 'node:stream'
import { AuthError } from '../base/errors.ts'

/**
 * The bytes of a body that nobody has read yet, up to a limit. Stops reading there: whatever is still sent costs no
 * memory.
 *
 * @throws {AuthError} `too_large`; `invalid_request` when the client goes away
 */
export function readBody(
  stream: Readable & { readonly headers?: NodeJS.Dict<string | string[]> },
  limit: number,
): Promise<Uint8Array> {
  if (Number(stream.headers?.['content-length']) > limit) return Promise.reject(tooLarge())
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let size = 0
    const stop = (finish: () => void): void => {
      stream.off('data', onData).off('end', onEnd).off('close', onGone)
      finish()
    }
    const onData = (chunk: Uint8Array): void => {
      size += chunk.length
      chunks.push(chunk)
      if (size <= limit) return
      stream.pause()
      stop(() => reject(tooLarge()))
    }
    const onEnd = (): void => stop(() => resolve(Buffer.concat(chunks)))
    const onGone = (): void => stop(() => reject(gone()))
    // Stays on: a stream that fails after we stopped listening must not fail the process.
    stream.on('error', onGone)
    stream.on('data', onData).on('end', onEnd).on('close', onGone)
    if (stream.destroyed) onGone()
  })
}

function tooLarge(): AuthError {
  return new AuthError('too_large', 'The body of the request is too large.')
}

function gone(): AuthError {
  return new AuthError('invalid_request', 'The request ended before its body did.', { reason: 'aborted' })
}
