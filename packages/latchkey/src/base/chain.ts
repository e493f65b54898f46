/** A value, or the promise of one: what may be had at once should not cost a turn of the event loop. */
export type MaybePromise<T> = T | Promise<T>

/** `next(value)`, at once where the value is there already. */
export function chain<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value)
}
