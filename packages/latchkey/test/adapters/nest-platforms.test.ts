import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  Body,
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  Inject,
  Injectable,
  type NestInterceptor,
  Post,
  Res,
  Scope,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common'
import { REQUEST } from '@nestjs/core'
import express from 'express'
import type { Principal } from 'latchkey'
import {
  CurrentPrincipal,
  endpoints,
  jwtRequired,
  type NestRequest,
  type NestResponse,
  optionalPrincipalOf,
  principalOf,
  setCookies,
  unsetCookies,
} from 'latchkey/nest'
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
  body({ identity }: Principal, body: object): object {
    return { identity, body }
  }
  async jar(response: NestResponse): Promise<object> {
    await setCookies(response, auth, { accessToken: 'a' })
    unsetCookies(response, auth, { only: 'refresh' })
    return {}
  }
}
const guarded = UseGuards(jwtRequired(auth))
decorate(Routes, {
  name: { method: [Get('caller'), guarded] },
  feed: {
    method: [Get('feed'), UseGuards(jwtRequired(auth, { optional: true })), UseInterceptors(watch)],
  },
  body: {
    method: [Post('body'), UseGuards(jwtRequired(auth, { locations: ['json'] }))],
    parameters: [CurrentPrincipal(), Body()],
  },
  jar: { method: [Get('jar')], parameters: [Res({ passthrough: true })] },
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

  test('a token in a body is found with Nest’s parsers and without, and the handler gets the body', async () => {
    const json = { access_token: token, note: 'kept' }
    for (const bodyParser of [true, false]) {
      await using served = await startNest({ adapter: adapterOf(), bodyParser }, module)
      const { body } = await ask(`${served.url}/body`, { json })
      expect([bodyParser, body]).toEqual([bodyParser, { identity: id, body: json }])
    }
  })

  test('the endpoints work before and behind a body parser, whatever prefixes and guards there are', async () => {
    await using served = await startNest({ adapter: adapterOf() }, module, (app) => {
      app.setGlobalPrefix('api').useGlobalGuards(jwtRequired(auth))
      app.use('/first', endpoints(auth))
      app.use('/second', express.json())
      app.use('/second', endpoints(auth))
    })
    for (const path of ['first', 'second']) {
      const { body } = await ask(`${served.url}/${path}/login?x=1`, { json: { username, password } })
      const answer = await ask(`${served.url}/api/caller`, { token: String(body['access_token']) })
      expect([path, answer.status]).toEqual([path, 200])
    }
  })

  test('cookies of middleware stay beside ours', async () => {
    await using served = await startNest({ adapter: adapterOf() }, module, (app) =>
      app.use((_req: IncomingMessage, res: ServerResponse, next: () => void) => {
        res.setHeader('set-cookie', 'theirs=1')
        next()
      }),
    )
    const names = (await ask(`${served.url}/jar`)).headers.getSetCookie().map((line) => line.split('=')[0])
    expect(names).toEqual(['theirs', '__Host-access_token', '__Host-refresh_token'])
  })
})
