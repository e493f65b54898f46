import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  type Bodies,
  type Carrier,
  type Problem,
  parsedBody,
  type RequestView,
  sendProblem,
  textOf,
  viewOfNode,
} from 'latchkey/http'

/*
 * What NestJS leaves to its platforms. The only file that knows that there are two.
 */

/** The request that Nest hands out: on Express it is Node's own, on Fastify it has that as `raw`. */
export type NestRequest = IncomingMessage | FastifyRequest

/** The response that `@Res({ passthrough: true })` hands out, of either platform. */
export type NestResponse = ServerResponse | FastifyReply

/** The part of Fastify's request that is used; its types are asked of nobody who is on Express. */
export interface FastifyRequest {
  readonly raw: IncomingMessage
  readonly body?: unknown
}

/** The part of Fastify's reply that is used. */
export interface FastifyReply {
  readonly raw: ServerResponse
  readonly request: FastifyRequest
  code(status: number): unknown
  getHeader(name: string): number | string | string[] | undefined
  removeHeader(name: string): unknown
  header(name: string, value: string | string[]): unknown
  send(payload: string): unknown
}

/**
 * Node's request, which both platforms have: what is kept there is found in guards, interceptors and providers, and
 * in middleware, to which Nest hands Node's own on Fastify as well.
 */
export function nodeRequestOf(request: NestRequest): IncomingMessage {
  return isFastifyRequest(request) ? request.raw : request
}

/** Not every `raw` is Fastify's: applications keep the bytes of a body under this name. */
function isFastifyRequest(request: NestRequest): request is FastifyRequest {
  return (request as Partial<FastifyRequest>).raw?.rawHeaders !== undefined
}

function isReply(response: NestResponse): response is FastifyReply {
  return (response as Partial<FastifyReply>).request?.raw !== undefined
}

/** A view for guarding. */
export function viewOfNest(request: NestRequest): RequestView {
  if (isFastifyRequest(request)) return viewOfNode(request.raw, request, OF_FASTIFY)
  return viewOfNode(request, request, OF_EXPRESS)
}

/** Fastify reads bodies before handlers, and guards are part of those. */
const OF_FASTIFY: Bodies<FastifyRequest> = { parsed: (request) => request.body, isRead: true }

const OF_EXPRESS: Bodies<IncomingMessage & Carrier> = {
  parsed: (request) => request.body,
  // Without a parser of Nest's (`bodyParser: false`) the guard is the first to read.
  keep: (request, bytes) =>
    void Object.assign(request, { body: parsedBody(request.headers['content-type'], bytes), _body: true }),
}

/** The view of the request that a response answers. */
export function viewAnswered(response: NestResponse): RequestView {
  return viewOfNode(isReply(response) ? response.request.raw : response.req)
}

/** Writes a refusal with the platform's own means, so that what it adds to every answer (CORS, logging) is there. */
export function answer(response: NestResponse, problem: Problem): void {
  if (!isReply(response)) {
    sendProblem(response, problem)
    return
  }
  response.code(problem.status)
  for (const [name, value] of Object.entries(problem.headers)) response.header(name, value)
  response.send(textOf(problem.body))
}

/** Adds cookies to those that an answer already sets. */
export function addCookies(response: NestResponse, lines: readonly string[]): void {
  if (!isReply(response)) {
    response.appendHeader('set-cookie', lines)
    return
  }
  // Middleware writes to Node's response, of which Fastify's own header of the same name would take the place.
  const before = [response.getHeader('set-cookie') ?? []].flat().map(String)
  response.removeHeader('set-cookie')
  response.header('set-cookie', [...before, ...lines])
}
