import { type AnswerRules, bodyWithin, requireOk, type Sender } from './guarded-request.ts'

/**
 * Sends by `fetch`, where there are no sockets of one's own. Whoever runs the network decides there where a name leads:
 * nothing is pinned here. What is decoded on the way counts by what comes out of it.
 */
export function fetchSender(rules: AnswerRules): Sender {
  return {
    async send(url, { method, headers, body = null, deadline }) {
      const signal = AbortSignal.timeout(deadline)
      const answer = await fetch(url, { method, headers, body, signal, ...GUARDED })
      const chunks: AsyncIterable<Uint8Array> = answer.body ?? nothing()
      try {
        requireOk(answer.status, rules)
        return { body: await bodyWithin(chunks, rules), headers: Object.fromEntries(answer.headers) }
      } catch (error) {
        await answer.body?.cancel().catch(() => {})
        throw error
      }
    },
    close() {},
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}

/** A kept answer would grow older than its issuer said. */
const GUARDED = { redirect: 'manual', cache: 'no-store' } as const
