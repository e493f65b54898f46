/** The lock manager of browsers and of Node.js 24, as far as it is used. */
export interface Locks {
  request<T>(name: string, options: { readonly signal: AbortSignal }, work: () => Promise<T>): Promise<T>
}

/** A channel to the other tabs, as far as it is used. */
export interface Channel {
  onmessage: ((event: { readonly data: unknown }) => void) | null
  postMessage(message: unknown): void
  close(): void
  /** Node.js: does not keep the process alive. */
  unref?(): void
}

/** What a page offers. By shape, because workers and Node.js have only parts of it. */
export interface Page {
  readonly document?: { readonly baseURI: string; readonly cookie: string }
  readonly location?: { readonly href: string }
  readonly navigator?: { readonly locks?: Locks }
  readonly BroadcastChannel?: new (name: string) => Channel
  addEventListener?(type: 'storage', listener: () => void): void
  removeEventListener?(type: 'storage', listener: () => void): void
}

/** The page that this runs in, as it is now. */
export function currentPage(): Page {
  return globalThis as unknown as Page
}

/** What relative addresses start from; `undefined` where there is no page. */
export function pageAddress(): string | undefined {
  const { document, location } = currentPage()
  return document?.baseURI ?? location?.href
}
