import { createServer } from 'node:http'
import 'reflect-metadata'
import express, { type Request, type Response } from 'express'
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify'
import { Hono } from 'hono'
import type { hc, InferResponseType } from 'hono/client'
import Koa from 'koa'
import {
  type Account,
  createAuth,
  createJwtManager,
  createSessions,
  type Principal,
  type PrincipalOf,
} from 'latchkey'
import * as onExpress from 'latchkey/express'
import * as onFastify from 'latchkey/fastify'
import * as onHono from 'latchkey/hono'
import { createEndpoints, type GuardOptions, guard } from 'latchkey/http'
import * as onKoa from 'latchkey/koa'
import * as onNest from 'latchkey/nest'
import * as onNode from 'latchkey/node'
import { memoryStore } from 'latchkey/store/memory'
import { expect, expectTypeOf, test } from 'vitest'
import { secret } from '../auth/known.ts'
import { view } from '../http/fake.ts'

// The compiler checks this file; running it shows that what it checks exists.
const auth = createAuth({ store: memoryStore(), secret })
const jwt = createJwtManager({ secret })
const sessions = createSessions({ store: memoryStore(), secret, loadUser: () => ({ plan: 'pro' as const }) })

test('Express: a wrapped handler knows the user, and that it may be missing where the route is optional', () => {
  const app = express()
  app.get(
    '/a',
    onExpress.jwtRequired(auth, (_req, res, principal) => {
      expectTypeOf(principal).toEqualTypeOf<Principal<Account>>()
      res.json(principal.user.username)
    }),
  )
  app.get(
    '/b',
    onExpress.jwtRequired(sessions, { optional: true }, (_req, res, principal) => {
      expectTypeOf(principal).toEqualTypeOf<Principal<{ plan: 'pro' }> | null>()
      // @ts-expect-error strangers have no user
      res.json(principal.user)
    }),
  )
  app.get(
    '/c',
    onExpress.jwtRequired(auth, { optional: 'lenient' }, (_req, _res, principal) => {
      expectTypeOf(principal).toEqualTypeOf<Principal<Account> | null>()
    }),
  )
  app.get(
    '/d',
    onExpress.jwtRequired(auth, { optional: false, fresh: '5m', scope: 'a' }, (_req, _res, principal) => {
      expectTypeOf(principal).toEqualTypeOf<Principal<Account>>()
    }),
  )
  app.get('/e', onExpress.jwtRequired(auth, { scope: ['a', 'b'] }), (req, res) => {
    expectTypeOf(onExpress.principalOf(req)).toEqualTypeOf<Principal<unknown>>()
    expectTypeOf(onExpress.principalOf<typeof auth>(req)).toEqualTypeOf<Principal<Account>>()
    expectTypeOf(onExpress.principalOf<Account>(req)).toEqualTypeOf<Principal<Account>>()
    expectTypeOf(onExpress.optionalPrincipalOf<typeof auth>(req)).toEqualTypeOf<Principal<Account> | null>()
    res.json({})
  })
  app.use('/auth', onExpress.endpoints(auth), onExpress.endpoints(sessions), onExpress.endpoints(jwt))
  // @ts-expect-error a misspelt option protects nothing
  expect(() => onExpress.jwtRequired(auth, { scpoe: 'admin' })).toThrow(TypeError)
  // @ts-expect-error a duration has a unit
  expect(() => onExpress.jwtRequired(auth, { fresh: '5 minutes' })).toThrow(TypeError)
})

test('Hono: the type of the context says whether the route is guarded', () => {
  const app = new Hono()
    .mount('/auth', createEndpoints(auth))
    .get('/a', onHono.jwtRequired(auth), (c) => {
      expectTypeOf(onHono.principalOf(c)).toEqualTypeOf<Principal<Account>>()
      return c.json({ hello: onHono.principalOf(c).user.username })
    })
    .get('/b', onHono.jwtRequired(auth, { optional: true }), (c) => {
      expectTypeOf(onHono.principalOf(c)).toEqualTypeOf<Principal<Account> | null>()
      return c.json({ hello: onHono.principalOf(c)?.user.username ?? 'stranger' })
    })
    .get('/c', onHono.jwtRequired(jwt, { scope: 'a' }), (c) => {
      expectTypeOf(onHono.principalOf(c).user).toEqualTypeOf<null>()
      return c.json({})
    })
    .get('/d', (c) => {
      // @ts-expect-error the route is not guarded
      return c.json({ hello: onHono.principalOf(c) })
    })
  const handled = new Hono()
    .get(
      '/a',
      onHono.jwtRequired(auth, (c, principal) => {
        expectTypeOf(principal).toEqualTypeOf<Principal<Account>>()
        expectTypeOf(onHono.principalOf(c)).toEqualTypeOf<Principal<Account>>()
        return c.json({ hello: principal.user.username })
      }),
    )
    .get(
      '/b/:id',
      onHono.jwtRequired(auth, { optional: true }, async (c, principal) => {
        expectTypeOf(principal).toEqualTypeOf<Principal<Account> | null>()
        return c.json({ hello: principal?.user.username ?? 'stranger', id: c.req.param('id') ?? '' })
      }),
    )
  // What the handler answers reaches Hono's own typed client.
  type Client = ReturnType<typeof hc<typeof handled>>
  expectTypeOf<InferResponseType<Client['a']['$get']>>().toEqualTypeOf<{ hello: string }>()
  expectTypeOf<InferResponseType<Client['b'][':id']['$get']>>().toEqualTypeOf<{
    hello: string
    id: string
  }>()
  const withOwn = new Hono<{ Variables: { requestId: string } }>()
  withOwn.get('/a', onHono.jwtRequired(auth), (c) =>
    c.json([c.var.requestId, onHono.principalOf(c).user.username]),
  )
  expect(app.routes.length).toBeGreaterThan(3)
})

test('Fastify, Koa and plain Node know the user', () => {
  const fastify = Fastify()
  fastify.get(
    '/a',
    { preHandler: onFastify.jwtRequired(auth, { scope: 'admin', fresh: '5m' }) },
    async (request) => {
      expectTypeOf(onFastify.principalOf<typeof auth>(request)).toEqualTypeOf<Principal<Account>>()
      return {}
    },
  )
  const koa = new Koa()
  koa.use(onKoa.endpoints(auth, '/auth')).use(onKoa.jwtRequired(auth))
  koa.use((ctx) => {
    ctx.body = { hello: onKoa.principalOf<typeof auth>(ctx).user.username }
  })
  const server = createServer(
    onNode.jwtRequired(auth, { optional: true }, (_req, res, principal) => {
      expectTypeOf(principal).toEqualTypeOf<Principal<Account> | null>()
      res.end()
    }),
  )
  createServer(onNode.jwtRequired(sessions, (_req, res, { user }) => res.end(user.plan)))
  expect(server.listening).toBe(false)
})

test('Nest: a parameter that is decorated with its door is held against the user of that door', () => {
  class Routes {
    me(_id: string, { user }: Principal<Account>): string {
      return user.username
    }
    feed(principal: Principal<Account> | null): string {
      return principal?.user.username ?? 'stranger'
    }
    plan({ user }: Principal<{ plan: 'pro' }>): string {
      return user.plan
    }
    anybody({ identity }: Principal): string {
      return identity
    }
  }
  // As the compiler applies it to a parameter: the class, the method, the position.
  const { prototype } = Routes
  onNest.CurrentPrincipal<typeof auth>()(prototype, 'me', 1)
  onNest.CurrentPrincipal<Account>()(prototype, 'feed', 0)
  onNest.OptionalPrincipal<typeof auth>()(prototype, 'feed', 0)
  onNest.CurrentPrincipal<typeof auth>()(prototype, 'anybody', 0)
  onNest.CurrentPrincipal<typeof sessions>()(prototype, 'plan', 0)
  onNest.CurrentPrincipal()(prototype, 'plan', 0)
  // @ts-expect-error the first parameter takes a string
  onNest.CurrentPrincipal<typeof auth>()(prototype, 'me', 0)
  // @ts-expect-error the users of this door have no plan
  onNest.CurrentPrincipal<typeof auth>()(prototype, 'plan', 0)
  // @ts-expect-error strangers are nobody
  onNest.OptionalPrincipal<typeof auth>()(prototype, 'me', 1)
  expect(Routes.length).toBe(0)
})

test('Nest takes the requests and responses of both platforms', () => {
  expectTypeOf<Request>().toExtend<onNest.NestRequest>()
  expectTypeOf<FastifyRequest>().toExtend<onNest.NestRequest>()
  expectTypeOf<Response>().toExtend<onNest.NestResponse>()
  expectTypeOf<FastifyReply>().toExtend<onNest.NestResponse>()
  expectTypeOf(onNest.principalOf<typeof auth>).returns.toEqualTypeOf<Principal<Account>>()
  expectTypeOf(onNest.optionalPrincipalOf<typeof auth>).returns.toEqualTypeOf<Principal<Account> | null>()
  // @ts-expect-error a misspelt option protects nothing
  expect(() => onNest.jwtRequired(auth, { scpoe: 'admin' })).toThrow(TypeError)
})

test('a guard knows at compile time whether nobody may come out of it', async () => {
  const widened: GuardOptions = { optional: true }
  const strict = async () => guard(jwt, view(), { scope: 'a' })
  expectTypeOf(strict).returns.resolves.toEqualTypeOf<Principal<null>>()
  await expect(strict()).rejects.toMatchObject({ code: 'missing_token' })
  expectTypeOf(await guard(jwt, view(), { optional: true })).toEqualTypeOf<Principal<null> | null>()
  expectTypeOf(await guard(jwt, view(), widened)).toEqualTypeOf<Principal<null> | null>()
  expectTypeOf<PrincipalOf<typeof auth>>().toEqualTypeOf<Principal<Account>>()
})
