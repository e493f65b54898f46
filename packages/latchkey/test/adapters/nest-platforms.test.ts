import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Body, Controller, Get, Post, Res, UseGuards } from '@nestjs/common'
import express from 'express'
import type { Principal } from 'latchkey'
import {
  CurrentPrincipal,
  endpoints,
  jwtRequired,
  type NestResponse,
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

class Routes {
  me({ identity }: Principal): object {
    return { identity }
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
decorate(Routes, {
  me: { method: [Get('me'), UseGuards(jwtRequired(auth))], parameters: [CurrentPrincipal()] },
  body: {
    method: [Post('body'), UseGuards(jwtRequired(auth, { locations: ['json'] }))],
    parameters: [CurrentPrincipal(), Body()],
  },
  jar: { method: [Get('jar')], parameters: [Res({ passthrough: true })] },
})
Controller()(Routes)
const module = { controllers: [Routes] }

describe.each(Object.entries(platforms))('NestJS on %s', (_platform, adapterOf) => {
  let token = ''
  let id = ''
  const username = randomUUID()
  beforeAll(async () => {
    ;({ id } = await auth.register({ username, password }))
    token = (await auth.start(id)).accessToken
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
      const answer = await ask(`${served.url}/api/me`, { token: String(body['access_token']) })
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
