import { createServer, type RequestListener, type Server } from 'node:http'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import express, { type RequestHandler } from 'express'
import Fastify, { type FastifyRequest } from 'fastify'
import { type Context, Hono } from 'hono'
import Koa from 'koa'
import type { Principal } from 'latchkey'
import * as onExpress from 'latchkey/express'
import * as onFastify from 'latchkey/fastify'
import * as onHono from 'latchkey/hono'
import * as onKoa from 'latchkey/koa'
import * as onNode from 'latchkey/node'
import { platforms, serveNest } from './serve-nest.ts'
import type { GuardedRoute, Serve, Served } from './world.ts'

// Version 4 has no types of its own, and those of 5 are right for what is used here.
const express4: typeof express = createRequire(import.meta.url)('express4')

/** Every framework that there is an adapter for. */
export const frameworks: Readonly<Record<string, Serve>> = {
  'express 5': serveExpress(express, 'none'),
  'express 5, body parser first': serveExpress(express, 'first'),
  'express 4': serveExpress(express4, 'none'),
  'express 4, body parser last': serveExpress(express4, 'last'),
  'fastify 5': serveFastify,
  'hono 4': serveHono('before'),
  'hono 4, guard around its handler': serveHono('around'),
  'koa 3': serveKoa,
  'nest 12 on express': serveNest(platforms.Express),
  'nest 12 on fastify': serveNest(platforms.Fastify),
  'plain node': serveNode,
}

function serveExpress(factory: typeof express, parser: 'none' | 'first' | 'last'): Serve {
  return async ({ auth, routes, bare, tokens }) => {
    const app = factory()
    if (parser === 'first') app.use(factory.json())
    app.use('/auth', onExpress.endpoints(auth))
    const handlerOf =
      ({ handle }: GuardedRoute): RequestHandler =>
      (req, res) => {
        res.json(handle(onExpress.optionalPrincipalOf(req), req.body))
      }
    for (const route of routes) {
      const guard = onExpress.jwtRequired(route.auth, route.options)
      const parse: RequestHandler[] = parser === 'last' ? [factory.json()] : []
      app[verbOf(route)](route.path, guard, ...parse, handlerOf(route))
    }
    app.get(bare, (req, res) => {
      res.json(onExpress.principalOf(req))
    })
    app.get('/jar', async (_req, res) => {
      await onExpress.setCookies(res, auth, await tokens())
      res.json({})
    })
    app.get('/jar/empty', (_req, res) => {
      onExpress.unsetCookies(res, auth, { only: 'access' })
      res.json({})
    })
    return listen(createServer(app))
  }
}

async function serveFastify({ auth, routes, bare, tokens }: Parameters<Serve>[0]): Promise<Served> {
  const app = Fastify()
  await app.register(onFastify.endpoints(auth), { prefix: '/auth' })
  for (const { method, path: url, auth: door, options, handle } of routes) {
    const handler = async (request: FastifyRequest): Promise<unknown> =>
      handle(onFastify.optionalPrincipalOf(request), request.body)
    app.route({ method, url, preHandler: onFastify.jwtRequired(door, options), handler })
  }
  app.get(bare, async (request) => onFastify.principalOf(request))
  app.get('/jar', async (_request, reply) => {
    await onFastify.setCookies(reply, auth, await tokens())
    return {}
  })
  app.get('/jar/empty', async (_request, reply) => {
    onFastify.unsetCookies(reply, auth, { only: 'access' })
    return {}
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return { url: urlOf(app.server), close: () => app.close() }
}

function serveHono(guard: 'before' | 'around'): Serve {
  return async (world) => {
    const app = new Hono()
    app.all('/auth/*', onHono.endpoints(world.auth, '/auth'))
    for (const { method, path, auth, options, handle } of world.routes) {
      const answer = async (c: Context, principal: Principal | null): Promise<Response> => {
        const body = method === 'GET' ? undefined : await c.req.json().catch(() => undefined)
        return c.json(handle(principal, body) as object)
      }
      if (guard === 'around') app.on(method, path, onHono.jwtRequired(auth, options ?? {}, answer))
      else {
        app.on(method, path, onHono.jwtRequired(auth, options), (c: Context) =>
          answer(c, onHono.principalOf<Principal | null>(c as never)),
        )
      }
    }
    return serveRestOf(app, world)
  }
}

async function serveRestOf(app: Hono, { auth, bare, tokens }: Parameters<Serve>[0]): Promise<Served> {
  app.get(bare, (c) => c.json(onHono.principalOf(c as never) as object))
  app.get('/jar', async (c) => {
    await onHono.setCookies(c, auth, await tokens())
    return c.json({})
  })
  app.get('/jar/empty', (c) => {
    onHono.unsetCookies(c, auth, { only: 'access' })
    return c.json({})
  })
  app.onError((_error, c) => c.text('Internal Server Error', 500))
  return listen(createServer(getRequestListener(app.fetch)))
}

async function serveKoa({ auth, routes, bare, tokens }: Parameters<Serve>[0]): Promise<Served> {
  const app = new Koa()
  app.silent = true
  app.use(onKoa.endpoints(auth, '/auth'))
  for (const { method, path, auth: door, options, handle } of routes) {
    const guard = onKoa.jwtRequired(door, options)
    app.use((ctx, next) => {
      if (ctx.method !== method || ctx.path !== path) return next()
      return guard(ctx, async () => {
        ctx.body = handle(onKoa.optionalPrincipalOf(ctx), (ctx.request as { body?: unknown }).body)
      })
    })
  }
  app.use(async (ctx, next) => {
    if (!ctx.path.startsWith('/jar')) return next()
    if (ctx.path === '/jar') await onKoa.setCookies(ctx, auth, await tokens())
    else onKoa.unsetCookies(ctx, auth, { only: 'access' })
    ctx.body = {}
  })
  app.use((ctx, next) => {
    if (ctx.path !== bare) return next()
    ctx.body = onKoa.principalOf(ctx)
    return undefined
  })
  return listen(createServer(app.callback()))
}

async function serveNode({ auth, routes, bare, tokens }: Parameters<Serve>[0]): Promise<Served> {
  const listeners = new Map<string, RequestListener>()
  for (const { method, path, auth: door, options, handle } of routes) {
    const listener = onNode.jwtRequired(door, options, (req, res, principal) => {
      const body = handle(principal, (req as { body?: unknown }).body)
      res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
    listeners.set(`${method} ${path}`, listener)
  }
  listeners.set(`GET ${bare}`, (_req, res) => void res.writeHead(500).end())
  listeners.set('GET /jar', async (_req, res) => {
    await onNode.setCookies(res, auth, await tokens())
    res.end('{}')
  })
  listeners.set('GET /jar/empty', (_req, res) => {
    onNode.unsetCookies(res, auth, { only: 'access' })
    res.end('{}')
  })
  const endpoints = onNode.endpoints(auth, '/auth')
  return listen(
    createServer((req, res) => {
      const path = (req.url ?? '').replace(/\?.*/, '')
      const method = req.method === 'HEAD' ? 'GET' : req.method
      const listener = path.startsWith('/auth/') ? endpoints : listeners.get(`${method} ${path}`)
      if (listener) listener(req, res)
      else res.writeHead(404).end()
    }),
  )
}

const verbOf = ({ method }: GuardedRoute): 'get' | 'post' | 'delete' =>
  method.toLowerCase() as 'get' | 'post' | 'delete'

const urlOf = (server: Server): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`

async function listen(server: Server): Promise<Served> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
  return { url: urlOf(server), close }
}
