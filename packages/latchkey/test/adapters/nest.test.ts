import type { Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type INestApplication,
  Module,
  UseGuards,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import type { Principal } from 'latchkey'
import { CurrentPrincipal, jwtRequired, Public } from 'latchkey/nest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password } from '../auth/known.ts'
import { ask } from './client.ts'
import { decorate } from './decorate.ts'
import { testAuth } from './world.ts'

const { auth } = testAuth()
const who = (principal: Principal | null): object => ({ who: principal?.identity ?? null })

class Guarded {
  me(principal: Principal): object {
    return who(principal)
  }
  open(): object {
    return { open: true }
  }
  misplaced(principal: Principal): object {
    return who(principal)
  }
  optional(principal: Principal | null): object {
    return who(principal)
  }
}
decorate(Guarded, {
  me: { method: [Get()], parameters: [CurrentPrincipal()] },
  open: { method: [Public(), Get('open')] },
  misplaced: { method: [Public(), Get('misplaced')], parameters: [CurrentPrincipal()] },
  optional: {
    method: [Get('optional'), UseGuards(jwtRequired(auth, { optional: true }))],
    parameters: [CurrentPrincipal()],
  },
})
Controller('guarded')(Guarded)

class Open {
  open(): object {
    return { open: true }
  }
  own(principal: Principal): object {
    return who(principal)
  }
}
decorate(Open, {
  open: { method: [Get()] },
  own: { method: [Get('own'), UseGuards(jwtRequired(auth))], parameters: [CurrentPrincipal()] },
})
Public()(Open)
Controller('public')(Open)

/** Calls every failure a success: the guard's answer must not pass through it. */
class Forgiving implements ExceptionFilter {
  catch(_error: unknown, host: ArgumentsHost): void {
    host.switchToHttp().getResponse<ServerResponse>().writeHead(200).end('{"forgiven":true}')
  }
}
Catch()(Forgiving)

class App {}
Module({ controllers: [Guarded, Open] })(App)

describe('NestJS', () => {
  let app: INestApplication
  let url = ''
  let token = ''
  let id = ''
  beforeAll(async () => {
    ;({ id } = await auth.register({ username: 'ada', password }))
    token = (await auth.start(id)).accessToken
    app = await NestFactory.create(App, { logger: false })
    app.useGlobalGuards(jwtRequired(auth))
    app.useGlobalFilters(new Forgiving())
    await app.listen(0, '127.0.0.1')
    url = `http://127.0.0.1:${((app.getHttpServer() as Server).address() as AddressInfo).port}`
  })
  afterAll(() => app.close())

  test('a global guard covers every route, and @Public lets everybody into one', async () => {
    expect((await ask(`${url}/guarded`)).status).toBe(401)
    expect((await ask(`${url}/guarded`, { token })).body).toEqual({ who: id })
    expect((await ask(`${url}/guarded/open`)).body).toEqual({ open: true })
    expect((await ask(`${url}/public`)).body).toEqual({ open: true })
  })

  test('a route’s own guard holds, whatever its controller says', async () => {
    expect((await ask(`${url}/public/own`)).status).toBe(401)
    expect((await ask(`${url}/public/own`, { token })).body).toEqual({ who: id })
  })

  test('guards add up: what one lets pass, another may refuse', async () => {
    expect((await ask(`${url}/guarded/optional`)).status).toBe(401)
    expect((await ask(`${url}/guarded/optional`, { token })).body).toEqual({ who: id })
  })

  test('H-22 a refusal is the guard’s own answer, whatever filters there are', async () => {
    const { status, body } = await ask(`${url}/guarded`)
    expect([status, body['error']]).toEqual([401, 'missing_token'])
  })

  test('asking for the principal of a public route is a fault of the program', async () => {
    expect((await ask(`${url}/guarded/misplaced`)).body).toEqual({ forgiven: true })
  })

  test('guards HTTP only', async () => {
    const context = { getType: () => 'ws', getHandler: () => test, getClass: () => Guarded } as never
    await expect(jwtRequired(auth).canActivate(context)).rejects.toThrow(TypeError)
  })
})
