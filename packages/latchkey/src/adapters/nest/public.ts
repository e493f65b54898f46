import type { CanActivate, ExecutionContext } from '@nestjs/common'

const publicPlaces = new WeakSet<object>()

/** Says that guards of the application or the controller let everybody pass here; a route's own guard still holds. */
export function Public(): MethodDecorator & ClassDecorator {
  return (target: object, _name?: string | symbol, descriptor?: PropertyDescriptor) => {
    publicPlaces.add(descriptor ? descriptor.value : target)
  }
}

/** Whether this guard, there for the application or the controller, has nothing to say about a route. */
export function isPublic(context: ExecutionContext, guard: CanActivate): boolean {
  const handler = context.getHandler()
  if (guardsOf(handler).includes(guard)) return false
  return publicPlaces.has(handler) || publicPlaces.has(context.getClass())
}

/** The guards that `@UseGuards` put on a method itself. */
function guardsOf(handler: object): readonly unknown[] {
  // Nest brings reflect-metadata, whose types are global: they are not asked of those who only use this package.
  const { getMetadata } = Reflect as { getMetadata?(key: string, target: object): unknown }
  const guards = getMetadata?.('__guards__', handler)
  return Array.isArray(guards) ? guards : []
}
