import { type Channel, currentPage, type Locks } from './page.ts'

/** The other tabs of this browser that use the same endpoints. */
export interface Tabs {
  /** Does the work while no other tab does any. */
  exclusively<T>(work: () => Promise<T>): Promise<T>
  tell(news: unknown): void
  /** Neither hears nor tells any more. */
  close(): void
}

/**
 * Finds the other tabs, by Web Locks and a broadcast channel. Where one is missing it does without: locks save
 * refreshes, but what makes two at once harmless is the server's grace.
 *
 * @param hear what another tab told; `false` for what this one's storage does not show (yet)
 */
export function findTabs(name: string, hear: (news: unknown) => boolean): Tabs {
  const { navigator } = currentPage()
  const locks = navigator?.locks
  let channel = openChannel(name, hear)
  return {
    exclusively: (work) => (locks ? withLock(locks, name, work) : work()),
    tell: (news) => channel?.postMessage(news),
    close() {
      channel?.close()
      channel = null
    },
  }
}

/**
 * What tabs tell each other and what they put into a storage travel on two ways, and either may be first. So what the
 * storage does not show is heard again when it has changed.
 */
function openChannel(
  name: string,
  hear: (news: unknown) => boolean,
): Pick<Channel, 'postMessage' | 'close'> | null {
  const page = currentPage()
  if (!page.BroadcastChannel) return null
  const channel = new page.BroadcastChannel(name)
  let early: { readonly news: unknown } | null = null
  const listen = (news: unknown): void => {
    early = hear(news) ? null : { news }
  }
  const again = (): void => {
    if (early !== null) listen(early.news)
  }
  channel.onmessage = ({ data }) => listen(data)
  channel.unref?.()
  page.addEventListener?.('storage', again)
  return {
    postMessage: (news) => channel.postMessage(news),
    close() {
      page.removeEventListener?.('storage', again)
      channel.close()
    },
  }
}

/** No tab works longer at a refresh; one that holds the lock longer is frozen, or gone. */
const LONGEST_WAIT = 40_000
/** What the tab before us told may arrive a moment after its lock. */
const NEWS_DELAY = 10

async function withLock<T>(locks: Locks, name: string, work: () => Promise<T>): Promise<T> {
  const waiting = new AbortController()
  const timer = setTimeout(() => waiting.abort(), LONGEST_WAIT)
  let isOurs = false
  try {
    return await locks.request(name, { signal: waiting.signal }, async () => {
      isOurs = true
      clearTimeout(timer)
      await new Promise((resolve) => setTimeout(resolve, NEWS_DELAY))
      return work()
    })
  } catch (error) {
    if (isOurs) throw error
    // A sandboxed frame may have no locks, too.
    return work()
  } finally {
    clearTimeout(timer)
  }
}
