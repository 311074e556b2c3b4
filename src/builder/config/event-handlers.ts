import type { Located, ObjectExpression } from './ast.ts'

/** Methods of the default export that receive events, and the event each stands for (build.md §3.2). */
const EVENTS: ReadonlyMap<string, string> = new Map([
  ['fetch', 'fetch'],
  ['deployBuilding', 'deploy_building'],
  ['deploySucceeded', 'deploy_succeeded'],
  ['deployFailed', 'deploy_failed'],
  ['deployDeleted', 'deploy_deleted'],
  ['deployLocked', 'deploy_locked'],
  ['deployUnlocked', 'deploy_unlocked'],
  ['formSubmitted', 'submission_created'],
  ['userLogin', 'identity_login'],
  ['userSignup', 'identity_signup'],
  ['userValidate', 'identity_validate'],
  ['userModified', 'identity_usermodified'],
  ['userDeleted', 'identity_userdeleted'],
])

/** The events that an object subscribes to, in the order of the source. Quoted and computed keys do not count. */
export function readEventSubscriptions(object: ObjectExpression): string[] {
  return object.properties.flatMap((property) => {
    if (property.type === 'SpreadElement' || property.computed || property.key.type !== 'Identifier')
      return []
    return EVENTS.get(property.key.name) ?? []
  })
}

/** Handlers that are not seen since their key is quoted. */
export function listQuotedHandlers(object: ObjectExpression): { name: string; node: Located }[] {
  return object.properties.flatMap((property) => {
    if (property.type === 'SpreadElement' || property.key.type !== 'StringLiteral') return []
    const name = property.key.value
    return EVENTS.has(name) ? [{ name, node: property }] : []
  })
}
