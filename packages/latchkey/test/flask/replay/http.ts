import { request } from 'node:http'
import type { StepRequest } from './scenario.ts'

export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly cookies: readonly string[]
  readonly body: string
}

/** Sends a step's request to a port of this machine, header lines exactly as they are written. */
export function send(port: number, step: StepRequest): Promise<Answer> {
  const { type, body } = bodyOf(step)
  const headers: string[] = ['Host', `127.0.0.1:${port}`, 'Connection', 'close']
  for (const [name, value] of step.headers ?? []) headers.push(name, value)
  if (step.cookies) headers.push('Cookie', cookieHeader(step.cookies))
  if (type !== null) headers.push('Content-Type', type)
  if (body !== null) headers.push('Content-Length', String(Buffer.byteLength(body)))
  else if (['POST', 'PUT', 'PATCH'].includes(step.method)) headers.push('Content-Length', '0')
  return new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', method: step.method, path: step.path, headers, agent: false }
    const outgoing = request(options, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('end', () =>
        resolve({
          status: incoming.statusCode ?? 0,
          headers: incoming.headers as Answer['headers'],
          cookies: incoming.headers['set-cookie'] ?? [],
          body: Buffer.concat(chunks).toString('utf8'),
        }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body ?? undefined)
  })
}

function bodyOf(step: StepRequest): { readonly type: string | null; readonly body: string | null } {
  const own = step.content_type ?? null
  if (step.json !== undefined) return { type: own ?? 'application/json', body: JSON.stringify(step.json) }
  if (step.form)
    return {
      type: own ?? 'application/x-www-form-urlencoded',
      body: new URLSearchParams(step.form).toString(),
    }
  return { type: own, body: step.body ?? null }
}

function cookieHeader(cookies: NonNullable<StepRequest['cookies']>): string {
  const pairs = Array.isArray(cookies) ? (cookies as readonly [string, string][]) : Object.entries(cookies)
  return pairs.map(([name, value]) => `${name}=${value}`).join('; ')
}
