/** The part of a client that is used (`@redis/client` as it is; others through a line). No dependency on one. */
export interface RedisClient {
  sendCommand(args: string[]): Promise<unknown>
}

/** A second connection for pub/sub: `client.duplicate()`, connected. */
export interface RedisSubscriber {
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>
}
