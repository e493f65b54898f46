import type { WhoamiBody } from '../http/wire.ts'

/** Who is signed in. */
export interface Who {
  readonly id: string
  /** What the server calls them; the id, where it knows no name. */
  readonly username: string
  /** `null` for tokens that belong to no session. */
  readonly sessionId: string | null
}

export function whoOf({ id, logged_in_as: username, session }: WhoamiBody): Who {
  return { id, username, sessionId: session?.id ?? null }
}

/** Keeps who is signed in, and tells when that changes. `undefined` while nobody has asked. */
export interface WhoKeeper {
  get(): Who | null | undefined
  set(who: Who | null | undefined): void
  onChange(listener: (who: Who | null) => void): () => void
}

export function createWhoKeeper(): WhoKeeper {
  let current: Who | null | undefined
  const listeners = new Set<(who: Who | null) => void>()
  return {
    get: () => current,
    set(who) {
      const before = current
      current = who
      if (who === undefined || isSame(before, who)) return
      // Not within the call that found out: a listener that throws must not break a refresh.
      for (const listener of listeners) queueMicrotask(() => listener(who))
    },
    onChange(listener) {
      // Another function for each call, so that unsubscribing one does not unsubscribe its twin.
      const own = (who: Who | null): void => listener(who)
      listeners.add(own)
      return () => {
        listeners.delete(own)
      }
    },
  }
}

function isSame(a: Who | null | undefined, b: Who | null): boolean {
  return a === b || (!!a && !!b && a.id === b.id && a.sessionId === b.sessionId && a.username === b.username)
}
