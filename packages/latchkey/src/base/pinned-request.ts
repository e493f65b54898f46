import {
  type LookupAddress,
  type LookupAllOptions,
  type LookupOptions,
  lookup as systemLookup,
} from 'node:dns'
import * as http from 'node:http'
import * as https from 'node:https'
import type { LookupFunction } from 'node:net'
import { type AddressScope, addressScope } from './address-scope.ts'
import {
  type AnswerRules,
  bodyWithin,
  type GuardedAnswer,
  requireOk,
  type Sender,
} from './guarded-request.ts'

/**
 * Sends over connections to addresses that were checked.
 *
 * @param protocol of the URLs, `https:` or `http:`
 * @param allowed where their names may lead
 */
export function pinnedSender(
  protocol: string,
  allowed: ReadonlySet<AddressScope>,
  rules: AnswerRules,
  { lookup = systemLookup as LookupFunction }: { readonly lookup?: LookupFunction },
): Sender {
  const { request, Agent } = protocol === 'https:' ? https : http
  // An agent of its own: every socket in it was opened through the look-up below.
  const agent = new Agent({ keepAlive: true, maxSockets: 4 })
  const checked = checkedLookup(lookup, allowed, rules.name)

  return {
    send: (url, { method, headers, body, deadline, background }) =>
      new Promise((resolve, reject) => {
        const signal = AbortSignal.timeout(deadline)
        const sent = request(url, { agent, lookup: checked, method, headers, signal })
        if (background) sent.on('socket', (socket) => socket.unref())
        sent.on('error', reject)
        sent.on('response', (answer) => {
          readAnswer(answer, rules).then(resolve, (error: unknown) => {
            sent.destroy()
            reject(error)
          })
        })
        sent.end(body)
      }),
    close: () => agent.destroy(),
  }
}

/**
 * What is checked here is what is connected to: nothing resolves the name a second time, so a name that changes its
 * mind in between (DNS rebinding) gains nothing, and no spelling of an address goes by.
 */
function checkedLookup(
  lookup: LookupFunction,
  allowed: ReadonlySet<AddressScope>,
  name: string,
): LookupFunction {
  return (hostname, options: LookupOptions, callback) => {
    const all: LookupAllOptions = { ...options, all: true }
    lookup(hostname, all, (error, found) => {
      const addresses = Array.isArray(found) ? (found as readonly LookupAddress[]) : []
      const usable = addresses.filter(({ address }) => allowed.has(addressScope(address)))
      const [first] = usable
      if (error || !first) callback(error ?? refusedAddress(name), '')
      else if (options.all) callback(null, usable)
      else callback(null, first.address, first.family)
    })
  }
}

/** For an address that is not where a service may be. */
export function refusedAddress(name: string): NodeJS.ErrnoException {
  return new TypeError(`${name}: this address is not public; set allowPrivateAddresses if it is meant.`)
}

async function readAnswer(answer: http.IncomingMessage, rules: AnswerRules): Promise<GuardedAnswer> {
  const { statusCode, headers } = answer
  requireOk(statusCode, rules)
  if (headers['content-encoding'] !== undefined) throw new Error(`${rules.name}: the answer is encoded.`)
  return { body: await bodyWithin(answer as AsyncIterable<Uint8Array>, rules), headers }
}
