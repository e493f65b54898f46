import type { IncomingHttpHeaders } from 'node:http'

/** One request, as whatever sends it needs it. */
export interface Outgoing {
  readonly method: 'GET' | 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  /** Milliseconds until the whole answer must be there. */
  readonly deadline: number
  /** Does not keep the process from ending. */
  readonly background: boolean
}

export interface GuardedAnswer {
  readonly body: Uint8Array
  readonly headers: IncomingHttpHeaders
}

/** Sends requests to one place: resolves to the answer of a 200 and rejects for everything else. */
export interface Sender {
  send(url: URL, outgoing: Outgoing): Promise<GuardedAnswer>
  /** Lets go of its connections. */
  close(): void
}

/** What a sender makes of an answer. */
export interface AnswerRules {
  /** Of the option that names the place, for messages. */
  readonly name: string
  /** Bytes of a body. */
  readonly largest: number
}

/** A redirect would lead to where nobody configured anything. */
export function requireOk(status: number | undefined, { name }: AnswerRules): void {
  if (status !== 200) throw new Error(`${name}: expected status 200, got ${status}.`)
}

/** Reads a body, and stops when it is too large. */
export async function bodyWithin(
  chunks: AsyncIterable<Uint8Array>,
  { name, largest }: AnswerRules,
): Promise<Uint8Array> {
  const kept: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.length
    if (size > largest) throw new Error(`${name}: the answer is larger than ${largest} bytes.`)
    kept.push(chunk)
  }
  return Buffer.concat(kept)
}
