import type { ServerResponse } from 'node:http'
import {
  type ArgumentsHost,
  Catch,
  Controller,
  type ExceptionFilter,
  Get,
  type INestApplication,
  UseGuards,
} from '@nestjs/common'
import { APP_GUARD } from '@nestjs/core'
import type { Principal } from 'latchkey'
import { CurrentPrincipal, jwtRequired, OptionalPrincipal, Public } from 'latchkey/nest'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password } from '../auth/known.ts'
import { ask } from './client.ts'
import { decorate } from './decorate.ts'
import { platforms, startNest } from './serve-nest.ts'
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
  misplaced: { method: [Public(), Get('misplaced')], parameters: [OptionalPrincipal()] },
  optional: {
    method: [Get('optional'), UseGuards(jwtRequired(auth, { optional: true }))],
    parameters: [OptionalPrincipal()],
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
  stranger(principal: Principal): object {
    return who(principal)
  }
}
const lenient = UseGuards(jwtRequired(auth, { optional: true }))
decorate(Open, {
  open: { method: [Get()] },
  own: { method: [Get('own'), UseGuards(jwtRequired(auth))], parameters: [CurrentPrincipal()] },
  stranger: { method: [Get('stranger'), lenient], parameters: [CurrentPrincipal()] },
})
Public()(Open)
Controller('public')(Open)

/** Calls every failure a success: the guard's answer must not pass through it. */
class Forgiving implements ExceptionFilter {
  catch(error: Error, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<ServerResponse & { raw?: ServerResponse }>()
    const { raw = response } = response
    raw.writeHead(200).end(JSON.stringify({ forgiven: error.message }))
  }
}
Catch()(Forgiving)

const controllers = [Guarded, Open]

describe.each(Object.entries(platforms))('NestJS on %s', (_platform, adapterOf) => {
  let app: INestApplication
  let url = ''
  let token = ''
  let id = ''
  beforeAll(async () => {
    ;({ id } = await auth.register({ username: crypto.randomUUID(), password }))
    token = (await auth.start(id)).accessToken
    ;({ app, url } = await startNest({ adapter: adapterOf() }, { controllers }, (one) => {
      one.useGlobalGuards(jwtRequired(auth))
      one.useGlobalFilters(new Forgiving())
    }))
  })
  afterAll(() => app.close())

  test('a global guard covers every route, and @Public lets everybody into one', async () => {
    expect((await ask(`${url}/guarded`)).status).toBe(401)
    expect((await ask(`${url}/guarded`, { token })).body).toEqual({ who: id })
    expect((await ask(`${url}/guarded/open`)).body).toEqual({ open: true })
    expect((await ask(`${url}/public`)).body).toEqual({ open: true })
  })

  test('a guard that a module provides for the application does the same', async () => {
    const providers = [{ provide: APP_GUARD, useValue: jwtRequired(auth) }]
    await using served = await startNest({ adapter: adapterOf() }, { controllers, providers })
    expect((await ask(`${served.url}/guarded`)).status).toBe(401)
    expect((await ask(`${served.url}/guarded`, { token })).body).toEqual({ who: id })
    expect((await ask(`${served.url}/public`)).body).toEqual({ open: true })
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
    const { status, body, headers } = await ask(`${url}/guarded`)
    expect([status, body['error']]).toEqual([401, 'missing_token'])
    expect(headers.get('www-authenticate')).toBe('Bearer realm="latchkey"')
  })

  test('asking for a principal where none can be is a fault of the program, and names the route', async () => {
    expect((await ask(`${url}/guarded/misplaced`)).body['forgiven']).toMatch(
      /^Guarded\.misplaced is not guarded/,
    )
    expect((await ask(`${url}/public/stranger`)).body['forgiven']).toMatch(
      /^Open\.stranger lets strangers pass/,
    )
    expect((await ask(`${url}/public/stranger`, { token })).body).toEqual({ who: id })
  })
})

test('guards HTTP only: what comes over a WebSocket, a queue or GraphQL is refused, unless it is public', async () => {
  const contextOf = (type: string, target: object): never =>
    ({ getType: () => type, getHandler: () => contextOf, getClass: () => target }) as never
  for (const type of ['ws', 'rpc', 'graphql']) {
    const refused = jwtRequired(auth).canActivate(contextOf(type, Guarded))
    await expect(refused).rejects.toThrow('guards HTTP routes only')
    expect(await jwtRequired(auth).canActivate(contextOf(type, Open))).toBe(true)
  }
})
