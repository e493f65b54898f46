import 'reflect-metadata'

/** How a method of a class is decorated: the runner of these tests reads no decorators, so they are applied by hand. */
export interface Decorated {
  readonly method: readonly MethodDecorator[]
  readonly parameters?: readonly ParameterDecorator[]
}

export function decorate(
  target: { readonly prototype: object },
  methods: Readonly<Record<string, Decorated>>,
): void {
  const { prototype } = target
  for (const [name, { method, parameters = [] }] of Object.entries(methods)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name) as PropertyDescriptor
    for (const one of method) one(prototype, name, descriptor)
    for (const [index, one] of parameters.entries()) one(prototype, name, index)
    const types = parameters.map(() => Object)
    Reflect.defineMetadata('design:paramtypes', types, prototype, name)
  }
}
