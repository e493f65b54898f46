/** Rejects when the promise takes longer; what comes of it later goes to `late`. */
export function within<T>(
  milliseconds: number,
  promise: Promise<T>,
  late: (value: T) => void = () => {},
): Promise<T> {
  return new Promise((resolve, reject) => {
    let over = false
    const timer = setTimeout(() => {
      over = true
      reject(Object.assign(new Error(`No answer within ${milliseconds} ms.`), { code: 'ETIMEDOUT' }))
    }, milliseconds)
    promise.then(
      (value) => {
        clearTimeout(timer)
        if (over) late(value)
        else resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
