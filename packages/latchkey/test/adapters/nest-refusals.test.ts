import { Agent, get, type IncomingMessage, type ServerResponse } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type LoggerService,
  type NestInterceptor,
  Scope,
  UseGuards,
} from '@nestjs/common'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { Authenticator } from 'latchkey'
import { jwtRequired } from 'latchkey/nest'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask } from './client.ts'
import { decorate } from './decorate.ts'
import { platforms, startNest } from './serve-nest.ts'
import { testAuth } from './world.ts'

const { auth } = testAuth()

/** Made for each request, before its guards are asked; where they are after it shows what a refusal keeps. */
class Made {
  static readonly all: WeakRef<Made>[] = []
  readonly weight = new Uint8Array(1000)
  constructor() {
    Made.all.push(new WeakRef(this))
  }
}
Injectable({ scope: Scope.REQUEST })(Made)

const waiting: (() => void)[] = []
const slow: Authenticator = {
  transport: auth.transport,
  authenticate: async (...call) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return auth.authenticate(...call)
  },
}

class Routes {
  readonly made: Made
  constructor(made: Made) {
    this.made = made
  }
  me(): object {
    return { let: 'in' }
  }
  open(): object {
    return { open: true }
  }
  slow(): object {
    return { let: 'in' }
  }
}
decorate(Routes, {
  me: { method: [Get('me'), UseGuards(jwtRequired(auth))] },
  open: { method: [Get('open')] },
  slow: { method: [Get('slow'), UseGuards(jwtRequired(slow))] },
})
Inject(Made)(Routes, undefined, 0)
Controller()(Routes)
const module = { controllers: [Routes], providers: [Made] }

const collect = async (): Promise<void> => {
  setFlagsFromString('--expose-gc')
  const gc = runInNewContext('gc') as () => void
  for (let turn = 0; turn < 5; turn++) {
    await new Promise((resolve) => setImmediate(resolve))
    gc()
  }
}

/** Asks through a pool of connections. */
function askBy(agent: Agent, url: string): Promise<readonly [status: number, port: number]> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: 'Bearer x.y.z' }
    const sent = get(url, { agent, headers: url.endsWith('/open') ? {} : headers }, (answer) => {
      const { localPort = 0 } = answer.socket
      answer.resume().on('end', () => resolve([answer.statusCode ?? 0, localPort]))
    })
    sent.on('error', reject)
  })
}

describe.each(Object.entries(platforms))('NestJS on %s: a refusal', (_platform, adapterOf) => {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => void unhandled.push(reason)
  const complaints: unknown[] = []
  const complain = (...words: unknown[]): void => void complaints.push(words)
  const logger: LoggerService = { log: () => {}, warn: complain, error: complain, fatal: complain }
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  beforeEach(() => void process.on('unhandledRejection', note))
  afterEach(() => {
    process.off('unhandledRejection', note)
    agent.destroy()
    expect([unhandled, complaints]).toEqual([[], []])
  })

  test('reaches no handler and no interceptor, and leaves the connection as it was', async () => {
    let intercepted = 0
    const interceptor: NestInterceptor = {
      intercept(_context: ExecutionContext, next: CallHandler) {
        intercepted += 1
        return next.handle()
      },
    }
    await using served = await startNest({ adapter: adapterOf(), logger }, module, (app) =>
      app.useGlobalInterceptors(interceptor),
    )
    const answers = []
    for (const path of ['me', 'open', 'me', 'open']) answers.push(await askBy(agent, `${served.url}/${path}`))
    expect(answers.map(([status]) => status)).toEqual([401, 200, 401, 200])
    expect(new Set(answers.map(([, port]) => port)).size).toBe(1)
    expect(intercepted).toBe(2)
  })

  test('keeps nothing: what was made for the request goes with it', async () => {
    await using served = await startNest({ adapter: adapterOf(), logger }, module)
    Made.all.length = 0
    for (let count = 0; count < 100; count++) await askBy(agent, `${served.url}/me`)
    await collect()
    const kept = Made.all.filter((one) => one.deref() !== undefined).length
    expect(Made.all).toHaveLength(100)
    // The last requests are still held by their connection.
    expect(kept).toBeLessThan(10)
  })

  test('is answered while the application closes, and closing does not wait for its handler', async () => {
    const { app, url } = await startNest({ adapter: adapterOf(), logger }, module)
    await askBy(agent, `${url}/me`)
    const asked = askBy(agent, `${url}/slow`)
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const closed = app.close()
    for (const go of waiting.splice(0)) go()
    expect((await asked)[0]).toBe(401)
    agent.destroy()
    await closed
  })

  test('has the headers that the platform gives every answer: CORS, and those of its middleware', async () => {
    await using served = await startNest({ adapter: adapterOf(), logger }, module, (app) => {
      app.enableCors({ origin: 'https://app.example' })
      app.use((_req: IncomingMessage, res: ServerResponse, next: () => void) => {
        res.setHeader('x-theirs', '1')
        next()
      })
    })
    const headers = { origin: 'https://app.example' }
    const answer = await ask(`${served.url}/me`, { headers })
    expect([answer.status, answer.body['error']]).toEqual([401, 'missing_token'])
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.example')
    expect(answer.headers.get('x-theirs')).toBe('1')
    const preflight = await ask(`${served.url}/me`, {
      method: 'OPTIONS',
      headers: { ...headers, 'access-control-request-method': 'GET' },
    })
    expect(preflight.status).toBe(204)
  })
})

test('on Fastify a refusal has its hooks’ headers, ends its time limit, and is logged as any answer', async () => {
  const lines: { readonly msg: string; readonly level: number; readonly res?: { statusCode: number } }[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line)) }
  const adapter = new FastifyAdapter({ logger: { level: 'info', stream }, handlerTimeout: 50 })
  adapter.getInstance().addHook('onRequest', async (_request, reply) => void reply.header('x-hook', '1'))
  await using served = await startNest({ adapter }, module)
  const answer = await ask(`${served.url}/me`)
  expect([answer.status, answer.headers.get('x-hook')]).toEqual([401, '1'])
  await new Promise((resolve) => setTimeout(resolve, 100))
  const done = lines.filter(({ msg }) => msg === 'request completed')
  expect(done.map(({ res }) => res?.statusCode)).toEqual([401])
  expect(lines.filter(({ level }) => level > 30)).toEqual([])
})
