import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  type INestApplication,
  Module,
  type ModuleMetadata,
  type NestApplicationOptions,
  Post,
  Res,
  UseGuards,
} from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { ExpressAdapter } from '@nestjs/platform-express'
import { FastifyAdapter } from '@nestjs/platform-fastify'
import type { Principal } from 'latchkey'
import * as onNest from 'latchkey/nest'
import { type Decorated, decorate } from './decorate.ts'
import type { Application, Serve } from './world.ts'

/** What Nest runs on. */
export const platforms = {
  Express: (): ExpressAdapter => new ExpressAdapter(),
  Fastify: (): FastifyAdapter => new FastifyAdapter(),
}

/** A started application; what it stands on is gone with it. */
export interface Started extends AsyncDisposable {
  readonly app: INestApplication
  readonly url: string
}

/** Nest with a module on one of its platforms; `prepare` sees it before it listens. */
export async function startNest(
  { adapter, ...options }: NestApplicationOptions & { readonly adapter: ExpressAdapter | FastifyAdapter },
  module: ModuleMetadata,
  prepare: (app: INestApplication) => void = () => {},
): Promise<Started> {
  class App {}
  Module(module)(App)
  const app = await NestFactory.create(App, adapter as FastifyAdapter, { logger: false, ...options })
  prepare(app)
  await app.listen(0, '127.0.0.1')
  const { port } = (app.getHttpServer() as Server).address() as AddressInfo
  return { app, url: `http://127.0.0.1:${port}`, [Symbol.asyncDispose]: () => app.close() }
}

/** Serves an application by Nest on one of its platforms. */
export function serveNest(adapterOf: () => ExpressAdapter | FastifyAdapter): Serve {
  return async (application) => {
    const module = { controllers: [controllerOf(application)] }
    const { app, url } = await startNest({ adapter: adapterOf() }, module, (one) =>
      one.use('/auth', onNest.endpoints(application.auth)),
    )
    return { url, close: () => app.close() }
  }
}

const verbs = { GET: Get, POST: Post, DELETE: Delete }

function controllerOf({ auth, routes, bare, tokens }: Application): new () => object {
  class Routes {
    bare(principal: unknown): unknown {
      return principal
    }
    async jar(response: onNest.NestResponse): Promise<object> {
      await onNest.setCookies(response, auth, await tokens())
      return {}
    }
    emptyJar(response: onNest.NestResponse): object {
      onNest.unsetCookies(response, auth, { only: 'access' })
      return {}
    }
  }
  const methods: Record<string, Decorated> = {
    bare: { method: [Get(bare)], parameters: [onNest.CurrentPrincipal()] },
    jar: { method: [Get('jar')], parameters: [Res({ passthrough: true })] },
    emptyJar: { method: [Get('jar/empty')], parameters: [Res({ passthrough: true })] },
  }
  for (const [index, { method, path, auth: door, options, handle }] of routes.entries()) {
    const name = `route${index}`
    const value = (principal: Principal | null, body: unknown): unknown => handle(principal, body)
    Object.defineProperty(Routes.prototype, name, { value, writable: true, configurable: true })
    methods[name] = {
      method: [verbs[method](path), HttpCode(200), UseGuards(onNest.jwtRequired(door, options))],
      parameters: [onNest.OptionalPrincipal(), Body()],
    }
  }
  decorate(Routes, methods)
  Controller()(Routes)
  return Routes
}
