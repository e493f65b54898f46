import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type NestInterceptor,
  Scope,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common'
import { REQUEST } from '@nestjs/core'
import { jwtRequired, type NestRequest, optionalPrincipalOf, principalOf } from 'latchkey/nest'
import { beforeAll, describe, expect, test } from 'vitest'
import { password } from '../auth/known.ts'
import { ask } from './client.ts'
import { decorate } from './decorate.ts'
import { platforms, startNest } from './serve-nest.ts'
import { testAuth } from './world.ts'

const { auth } = testAuth()

/** A provider that is made for each request. */
class Caller {
  readonly request: NestRequest
  constructor(request: NestRequest) {
    this.request = request
  }
  name(): string {
    return principalOf<typeof auth>(this.request).user.username
  }
}
Injectable({ scope: Scope.REQUEST })(Caller)
Inject(REQUEST)(Caller, undefined, 0)

const seen: unknown[] = []
const watch: NestInterceptor = {
  intercept(context: ExecutionContext, next: CallHandler) {
    seen.push(optionalPrincipalOf(context.switchToHttp().getRequest<NestRequest>())?.identity ?? null)
    return next.handle()
  },
}

class Routes {
  readonly caller: Caller
  constructor(caller: Caller) {
    this.caller = caller
  }
  name(): object {
    return { name: this.caller.name() }
  }
  feed(): object {
    return {}
  }
}
decorate(Routes, {
  name: { method: [Get('caller'), UseGuards(jwtRequired(auth))] },
  feed: {
    method: [Get('feed'), UseGuards(jwtRequired(auth, { optional: true })), UseInterceptors(watch)],
  },
})
Inject(Caller)(Routes, undefined, 0)
Controller()(Routes)
const module = { controllers: [Routes], providers: [Caller] }

describe.each(Object.entries(platforms))('NestJS on %s', (_platform, adapterOf) => {
  let token = ''
  let id = ''
  const username = randomUUID()
  beforeAll(async () => {
    ;({ id } = await auth.register({ username, password }))
    token = (await auth.start(id)).accessToken
  })

  test('interceptors and providers of the request’s scope read the principal of the request', async () => {
    await using served = await startNest({ adapter: adapterOf() }, module)
    expect((await ask(`${served.url}/caller`, { token })).body).toEqual({ name: username })
    await ask(`${served.url}/feed`, { token })
    await ask(`${served.url}/feed`)
    expect(seen.splice(0)).toEqual([id, null])
  })

  test('middleware reads it once the answer is out, from Node’s own request', async () => {
    const logged: unknown[] = []
    await using served = await startNest({ adapter: adapterOf() }, module, (app) =>
      app.use((req: IncomingMessage, res: ServerResponse, next: () => void) => {
        res.on('finish', () => logged.push(principalOf(req).identity))
        next()
      }),
    )
    await ask(`${served.url}/caller`, { token })
    await expect.poll(() => logged).toEqual([id])
  })

  test('the principal of an unguarded route names it, and nothing of its query string (H-23)', () => {
    const raw = { method: 'GET', url: '/x?access_token=a.b.c', rawHeaders: [] } as unknown as IncomingMessage
    for (const request of [raw, { raw }])
      expect(() => principalOf(request)).toThrow('GET /x is not guarded: put jwtRequired(auth)')
  })
})
