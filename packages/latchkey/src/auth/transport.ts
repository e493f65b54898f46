import type { AuthError } from '../base/errors.ts'

/** A place in a request where a token may lie. */
export type Location = 'headers' | 'cookies' | 'query' | 'json'

/** An error as HTTP, before it is any framework's response. */
export interface Problem {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: unknown
}

/** Where requests carry their tokens, and how refusals are answered. */
export interface TransportOptions {
  /** Tried in this order; the first token found is final. @default ['headers'] */
  readonly locations?: Location | readonly Location[]
  /** Gets each refusal and our answer to it; gives the answer to send. */
  readonly answer?: (error: AuthError, problem: Problem) => Problem
}

/** The same, complete and checked. */
export interface Transport {
  readonly locations: readonly Location[]
  readonly answer: ((error: AuthError, problem: Problem) => Problem) | null
}

/**
 * Fills in the defaults.
 *
 * @throws {TypeError} for what cannot work, with the remedy
 */
export function resolveTransport({ locations = ['headers'], answer }: TransportOptions = {}): Transport {
  return { locations: typeof locations === 'string' ? [locations] : locations, answer: answer ?? null }
}
