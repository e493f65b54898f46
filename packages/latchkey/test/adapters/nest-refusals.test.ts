import { Agent, get, type IncomingMessage, type ServerResponse } from 'node:http'
import {
  type ArgumentsHost,
  type CallHandler,
  Catch,
  Controller,
  type ExceptionFilter,
  type ExecutionContext,
  Get,
  type LoggerService,
  type NestInterceptor,
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

const waiting: (() => void)[] = []
const slow: Authenticator = {
  transport: auth.transport,
  authenticate: async (...call) => {
    await new Promise<void>((resolve) => waiting.push(resolve))
    return auth.authenticate(...call)
  },
}

class Routes {
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
Controller()(Routes)
/** What many applications have: it words every error in their own way. */
class Usual implements ExceptionFilter {
  static calls = 0
  catch(_error: unknown, host: ArgumentsHost): void {
    Usual.calls += 1
    const response = host.switchToHttp().getResponse<{ status(code: number): { send(body: object): void } }>()
    response.status(400).send({ mine: true })
  }
}
Catch()(Usual)

const module = { controllers: [Routes] }

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

  test('H-22 reaches no handler, interceptor or filter, and leaves the connection as it was', async () => {
    let intercepted = 0
    const interceptor: NestInterceptor = {
      intercept(_context: ExecutionContext, next: CallHandler) {
        intercepted += 1
        return next.handle()
      },
    }
    await using served = await startNest({ adapter: adapterOf(), logger }, module, (app) =>
      app.useGlobalInterceptors(interceptor).useGlobalFilters(new Usual()),
    )
    const answers = []
    for (const path of ['me', 'open', 'me', 'open']) answers.push(await askBy(agent, `${served.url}/${path}`))
    expect(answers.map(([status]) => status)).toEqual([401, 200, 401, 200])
    expect(new Set(answers.map(([, port]) => port)).size).toBe(1)
    expect([intercepted, Usual.calls]).toEqual([2, 0])
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
